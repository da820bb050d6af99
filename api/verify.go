package api

import (
	"context"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// verifier decides proofs.
type verifier interface {
	Verify(ctx context.Context, c domain.Caller, in service.VerifyInput) (proof.Result, error)
}

// Verify decides a code or a recovery code.
func (h *handlers) Verify(ctx context.Context, r openapi.VerifyRequestObject) (openapi.VerifyResponseObject, error) {
	b := r.Body
	proven, err := h.verifier.Verify(ctx, edge.CallerOf(ctx), service.VerifyInput{
		UserID: r.UserID,
		Proof:  proof.Input{Code: b.Code, RecoveryCode: b.RecoveryCode},
		Token:  tokenRequest(b.Audience, b.Action, b.SessionID, b.Nonce, b.FirstFactor),
		Repeat: edge.RepeatOf(ctx, r.Params.IdempotencyKey),
	})
	if err != nil {
		return nil, err
	}
	return openapi.Verify200JSONResponse{
		Method:                 openapi.Method(proven.Method),
		FactorID:               unlessEmpty(proven.FactorID),
		StepUpToken:            proven.Token,
		ExpiresAt:              time.Unix(proven.Claims.ExpiresAt, 0).UTC(),
		RecoveryCodesRemaining: proven.RecoveryCodesRemaining,
	}, nil
}

func tokenRequest(audience, action, session, nonce string, firstFactor []openapi.FirstFactor) proof.TokenRequest {
	return proof.TokenRequest{
		Audience: audience, Action: action, SessionID: session, Nonce: nonce, FirstFactor: texts(firstFactor),
	}
}
