package api

import (
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// disabler takes the second factor of a user away.
type disabler interface {
	Disable(ctx context.Context, c domain.Caller, in service.DisableInput) error
}

// DisableTwoFactor takes all factors and recovery codes away.
func (h *handlers) DisableTwoFactor(ctx context.Context, r openapi.DisableTwoFactorRequestObject) (openapi.DisableTwoFactorResponseObject, error) {
	err := h.disabler.Disable(ctx, edge.CallerOf(ctx), service.DisableInput{
		UserID: r.UserID,
		Proof:  proofInput(r.Body.Code, r.Body.RecoveryCode, "", r.Body.Passkey),
		StepUp: r.Params.StepUpToken,
		Reason: r.Body.Reason,
	})
	if err != nil {
		return nil, err
	}
	return openapi.DisableTwoFactor204Response{}, nil
}
