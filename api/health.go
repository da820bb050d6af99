package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/countersign/countersign/api/openapi"
)

// readyTimeout bounds a probe: who waits longer than this is not ready.
const readyTimeout = 3 * time.Second

// GetHealth answers as long as the process does.
func (h handlers) GetHealth(context.Context, openapi.GetHealthRequestObject) (openapi.GetHealthResponseObject, error) {
	return openapi.GetHealth200JSONResponse{Status: openapi.HealthStatusOk}, nil
}

// GetReadiness asks the database, and compares clocks.
func (h handlers) GetReadiness(ctx context.Context, _ openapi.GetReadinessRequestObject) (openapi.GetReadinessResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	ready := h.service.Ready(ctx)
	body := openapi.Readiness{
		Status: openapi.ReadinessStatusReady,
		Checks: openapi.ReadinessChecks{Database: "ok", Clock: "ok"},
	}
	switch {
	case ready.Database != nil:
		h.log.WarnContext(ctx, "not ready: the database does not answer", "cause", ready.Database.Error())
		body.Checks = openapi.ReadinessChecks{Database: "unreachable", Clock: "unknown"}
	case ready.Clock != nil:
		body.Checks.Clock = "untrusted"
	default:
		return openapi.GetReadiness200JSONResponse(body), nil
	}
	body.Status = openapi.ReadinessStatusUnavailable
	return openapi.GetReadiness503JSONResponse(body), nil
}

// keysMaxAge is how long verifiers may keep the keys: the next one is published
// at least as long before it signs.
const keysMaxAge = "public, max-age=300"

// GetJWKS answers the public keys of step-up tokens.
func (h handlers) GetJWKS(ctx context.Context, _ openapi.GetJWKSRequestObject) (openapi.GetJWKSResponseObject, error) {
	keys, err := h.keySet(ctx, false)
	if err != nil {
		return nil, err
	}
	return openapi.GetJWKS200JSONResponse{
		Body: keys, Headers: openapi.GetJWKS200ResponseHeaders{CacheControl: keysMaxAge},
	}, nil
}

// GetSandboxJWKS answers those of sandboxes, which are never in the other set.
func (h handlers) GetSandboxJWKS(ctx context.Context, _ openapi.GetSandboxJWKSRequestObject) (openapi.GetSandboxJWKSResponseObject, error) {
	keys, err := h.keySet(ctx, true)
	if err != nil {
		return nil, err
	}
	return openapi.GetSandboxJWKS200JSONResponse{
		Body: keys, Headers: openapi.GetSandboxJWKS200ResponseHeaders{CacheControl: keysMaxAge},
	}, nil
}

func (h handlers) keySet(ctx context.Context, sandbox bool) (keys openapi.JWKSet, err error) {
	if err := json.Unmarshal(h.service.JWKS(ctx, sandbox), &keys); err != nil {
		return keys, fmt.Errorf("key set: %w", err)
	}
	return keys, nil
}
