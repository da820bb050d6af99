package api

import (
	"context"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// accessPasses are the codes that somebody gives to a user who cannot prove a factor.
type accessPasses interface {
	GiveAccessPass(ctx context.Context, c domain.Caller, in service.GivePassInput) (service.GivenPass, error)
	ListAccessPasses(ctx context.Context, c domain.Caller, userID string) ([]domain.AccessPass, error)
	EndAccessPass(ctx context.Context, c domain.Caller, userID string) error
}

// GiveAccessPass gives a user a code that logs in once.
func (h *handlers) GiveAccessPass(ctx context.Context, r openapi.GiveAccessPassRequestObject) (openapi.GiveAccessPassResponseObject, error) {
	given, err := h.accessPasses.GiveAccessPass(ctx, edge.CallerOf(ctx), service.GivePassInput{
		UserID: r.UserID, StepUp: r.Params.StepUpToken,
		Reason: r.Body.Reason, Lifetime: time.Duration(r.Body.Minutes) * time.Minute,
	})
	if err != nil {
		return nil, err
	}
	return openapi.GiveAccessPass201JSONResponse{AccessPass: given.Code.Text(), ExpiresAt: given.ExpiresAt.UTC()}, nil
}

// ListAccessPasses lists the access passes that can be used, never their codes.
func (h *handlers) ListAccessPasses(ctx context.Context, r openapi.ListAccessPassesRequestObject) (openapi.ListAccessPassesResponseObject, error) {
	passes, err := h.accessPasses.ListAccessPasses(ctx, edge.CallerOf(ctx), r.UserID)
	if err != nil {
		return nil, err
	}
	return openapi.ListAccessPasses200JSONResponse{AccessPasses: converted(passes, accessPassBody)}, nil
}

func accessPassBody(p domain.AccessPass) openapi.AccessPassStatus {
	return openapi.AccessPassStatus{CreatedAt: p.CreatedAt.UTC(), ExpiresAt: p.ExpiresAt.UTC(), GivenBy: p.GivenBy}
}

// EndAccessPass takes an access pass back.
func (h *handlers) EndAccessPass(ctx context.Context, r openapi.EndAccessPassRequestObject) (openapi.EndAccessPassResponseObject, error) {
	if err := h.accessPasses.EndAccessPass(ctx, edge.CallerOf(ctx), r.UserID); err != nil {
		return nil, err
	}
	return openapi.EndAccessPass204Response{}, nil
}
