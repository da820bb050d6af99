package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/sandbox"
)

// sandboxes are tenants for trying.
type sandboxes interface {
	AdvanceSandboxClock(ctx context.Context, c domain.Caller, by time.Duration) (time.Time, error)
	SandboxPasskey(ctx context.Context, c domain.Caller, in sandbox.PasskeyInput) (json.RawMessage, error)
	SandboxCode(ctx context.Context, c domain.Caller, userID, factorID string) (sandbox.Code, error)
}

// AdvanceSandboxClock sets a sandbox's clock forward.
func (h *handlers) AdvanceSandboxClock(ctx context.Context, r openapi.AdvanceSandboxClockRequestObject) (openapi.AdvanceSandboxClockResponseObject, error) {
	now, err := h.sandboxes.AdvanceSandboxClock(ctx, edge.CallerOf(ctx), time.Duration(r.Body.AdvanceSeconds)*time.Second)
	if err != nil {
		return nil, err
	}
	return openapi.AdvanceSandboxClock200JSONResponse{Now: now.UTC()}, nil
}

// GetSandboxCode reads what the device of a sandbox's user shows.
func (h *handlers) GetSandboxCode(ctx context.Context, r openapi.GetSandboxCodeRequestObject) (openapi.GetSandboxCodeResponseObject, error) {
	code, err := h.sandboxes.SandboxCode(ctx, edge.CallerOf(ctx), r.UserID, r.Params.FactorID)
	if err != nil {
		return nil, err
	}
	return openapi.GetSandboxCode200JSONResponse{
		Previous: code.Previous, Code: code.Code, Next: code.Next, ExpiresAt: code.ExpiresAt.UTC(),
	}, nil
}

// UseSandboxPasskey does what a browser does with a passkey.
func (h *handlers) UseSandboxPasskey(ctx context.Context, r openapi.UseSandboxPasskeyRequestObject) (openapi.UseSandboxPasskeyResponseObject, error) {
	credential, err := h.sandboxes.SandboxPasskey(ctx, edge.CallerOf(ctx), sandbox.PasskeyInput{
		UserID: r.UserID, CreationOptions: r.Body.CreationOptions, RequestOptions: r.Body.RequestOptions,
	})
	if err != nil {
		return nil, err
	}
	return openapi.UseSandboxPasskey200JSONResponse{Credential: credential}, nil
}
