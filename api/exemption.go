package api

import (
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// PutExemption releases a user until a time.
func (h *handlers) PutExemption(ctx context.Context, r openapi.PutExemptionRequestObject) (openapi.PutExemptionResponseObject, error) {
	exemption, err := h.policies.Exempt(ctx, edge.CallerOf(ctx), service.ExemptInput{
		UserID: r.UserID, Until: r.Body.Until, Reason: r.Body.Reason, StepUp: r.Params.StepUpToken,
	})
	if err != nil {
		return nil, err
	}
	return openapi.PutExemption200JSONResponse(exemptionBody(exemption)), nil
}

func exemptionBody(e domain.Exemption) openapi.Exemption {
	return openapi.Exemption{Until: e.Until.UTC(), Reason: e.Reason, GrantedBy: e.GrantedBy, GrantedAt: e.GrantedAt.UTC()}
}

// DeleteExemption ends an exemption before its time.
func (h *handlers) DeleteExemption(ctx context.Context, r openapi.DeleteExemptionRequestObject) (openapi.DeleteExemptionResponseObject, error) {
	if err := h.policies.EndExemption(ctx, edge.CallerOf(ctx), r.UserID, r.Params.StepUpToken); err != nil {
		return nil, err
	}
	return openapi.DeleteExemption204Response{}, nil
}
