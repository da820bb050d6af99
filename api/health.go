package api

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
)

// GetHealth answers as long as the process does.
func (h handlers) GetHealth(context.Context, openapi.GetHealthRequestObject) (openapi.GetHealthResponseObject, error) {
	return openapi.GetHealth200JSONResponse{Status: openapi.HealthStatusOk}, nil
}

// GetReadiness answers what was found last.
func (h handlers) GetReadiness(context.Context, openapi.GetReadinessRequestObject) (openapi.GetReadinessResponseObject, error) {
	found := h.readiness()
	if found.Ready() {
		return openapi.GetReadiness200JSONResponse(readinessBody(found)), nil
	}
	return openapi.GetReadiness503JSONResponse(readinessBody(found)), nil
}

func readinessBody(r service.Readiness) openapi.Readiness {
	status := openapi.ReadinessStatusUnavailable
	if r.Ready() {
		status = openapi.ReadinessStatusReady
	}
	return openapi.Readiness{Status: status, Checks: openapi.ReadinessChecks{
		Database: string(r.Database), Schema: string(r.Schema), Keyset: string(r.Keyset), Clock: string(r.Clock),
	}}
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
