package api

import (
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/token"
)

// decisions say what a user must do.
type decisions interface {
	Decide(ctx context.Context, c domain.Caller, in token.DecideInput) (domain.Decision, error)
}

// Decide says what a user must do now.
func (h *handlers) Decide(ctx context.Context, r openapi.DecideRequestObject) (openapi.DecideResponseObject, error) {
	d, err := h.decisions.Decide(ctx, edge.CallerOf(ctx), token.DecideInput{
		UserID:      r.Body.UserID,
		Action:      r.Body.Action,
		SessionID:   r.Body.SessionID,
		FirstFactor: texts(r.Body.FirstFactor),

		RememberedBrowser: r.Body.RememberedBrowser,
	})
	if err != nil {
		return nil, err
	}
	return openapi.Decide200JSONResponse{
		Decision:               openapi.DecisionOutcome(d.Decision),
		Reason:                 openapi.DecisionReason(d.Reason),
		Methods:                methodBodies(d.Methods),
		EnrollBy:               unlessZero(d.EnrollBy),
		RecoveryCodesRemaining: d.RecoveryCodesRemaining,
		Ticket:                 d.Ticket,
		RememberedBrowser:      browserSecretBody(d.RememberedBrowser),
		RememberBrowserDays:    d.RememberBrowserDays,
	}, nil
}
