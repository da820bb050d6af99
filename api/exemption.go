package api

import (
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// exemptions release users from enrolling under a mandate.
type exemptions interface {
	Exempt(ctx context.Context, c domain.Caller, in service.ExemptInput) (domain.Exemption, error)
	EndExemption(ctx context.Context, c domain.Caller, userID, stepUp string) error
}

// PutExemption releases a user until a time.
func (h *handlers) PutExemption(ctx context.Context, r openapi.PutExemptionRequestObject) (openapi.PutExemptionResponseObject, error) {
	exemption, err := h.exemptions.Exempt(ctx, edge.CallerOf(ctx), service.ExemptInput{
		UserID: r.UserID, Until: r.Body.Until, Reason: r.Body.Reason, StepUp: r.Params.StepUpToken,
	})
	if err != nil {
		return nil, err
	}
	return openapi.PutExemption200JSONResponse{
		Until: exemption.Until, Reason: exemption.Reason, GrantedBy: exemption.GrantedBy, GrantedAt: exemption.GrantedAt,
	}, nil
}

// DeleteExemption ends an exemption before its time.
func (h *handlers) DeleteExemption(ctx context.Context, r openapi.DeleteExemptionRequestObject) (openapi.DeleteExemptionResponseObject, error) {
	if err := h.exemptions.EndExemption(ctx, edge.CallerOf(ctx), r.UserID, r.Params.StepUpToken); err != nil {
		return nil, err
	}
	return openapi.DeleteExemption204Response{}, nil
}
