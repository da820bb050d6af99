package api

import (
	"context"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/proof"
)

// verifier decides proofs.
type verifier interface {
	VerifyOptions(ctx context.Context, c domain.Caller, in service.OptionsInput) (factor.Options, error)
	Verify(ctx context.Context, c domain.Caller, in service.VerifyInput) (proof.Result, error)
}

// VerifyOptions begins a verification by passkey.
func (h *handlers) VerifyOptions(ctx context.Context, r openapi.VerifyOptionsRequestObject) (openapi.VerifyOptionsResponseObject, error) {
	b := r.Body
	options, err := h.verifier.VerifyOptions(ctx, edge.CallerOf(ctx), service.OptionsInput{
		UserID: r.UserID, Origin: edge.OriginOf(ctx),
		Token: tokenRequest(b.Audience, b.Action, b.SessionID, b.Nonce, nil),
	})
	if err != nil {
		return nil, err
	}
	return openapi.VerifyOptions200JSONResponse{Passkey: openapi.PasskeyOptions{
		State: options.State, RequestOptions: options.Request, ExpiresAt: options.ExpiresAt.UTC(),
	}}, nil
}

// Verify decides a code, a passkey, a recovery code or an access pass.
func (h *handlers) Verify(ctx context.Context, r openapi.VerifyRequestObject) (openapi.VerifyResponseObject, error) {
	b := r.Body
	proven, err := h.verifier.Verify(ctx, edge.CallerOf(ctx), service.VerifyInput{
		UserID: r.UserID,
		Proof:  proofInput(b.Code, b.RecoveryCode, b.AccessPass, b.Passkey),
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

func proofInput(code, recoveryCode, accessPass string, passkey *openapi.PasskeyAssertion) proof.Input {
	in := proof.Input{Code: code, RecoveryCode: recoveryCode, AccessPass: accessPass}
	if passkey != nil {
		in.Passkey = &proof.Assertion{State: passkey.State, Credential: passkey.Credential}
	}
	return in
}

func tokenRequest(audience, action, session, nonce string, firstFactor []openapi.FirstFactor) proof.TokenRequest {
	return proof.TokenRequest{
		Audience: audience, Action: action, SessionID: session, Nonce: nonce, FirstFactor: texts(firstFactor),
	}
}
