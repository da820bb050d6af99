package api

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/countersign/countersign/api/openapi"
)

// keySets are the published keys.
type keySets interface {
	// JWKS returns the public keys of step-up tokens in JSON (RFC 7517, section 5):
	// those of real tenants, or those of sandboxes.
	JWKS(ctx context.Context, sandbox bool) []byte
}

// keysMaxAge is how long verifiers may keep the keys: the next one is published
// at least as long before it signs.
const keysMaxAge = "public, max-age=300"

// GetJWKS answers the public keys of step-up tokens.
func (h *handlers) GetJWKS(ctx context.Context, _ openapi.GetJWKSRequestObject) (openapi.GetJWKSResponseObject, error) {
	keys, err := h.keySet(ctx, false)
	if err != nil {
		return nil, err
	}
	return openapi.GetJWKS200JSONResponse{
		Body: keys, Headers: openapi.GetJWKS200ResponseHeaders{CacheControl: keysMaxAge},
	}, nil
}

// GetSandboxJWKS answers those of sandboxes, which are never in the other set.
func (h *handlers) GetSandboxJWKS(ctx context.Context, _ openapi.GetSandboxJWKSRequestObject) (openapi.GetSandboxJWKSResponseObject, error) {
	keys, err := h.keySet(ctx, true)
	if err != nil {
		return nil, err
	}
	return openapi.GetSandboxJWKS200JSONResponse{
		Body: keys, Headers: openapi.GetSandboxJWKS200ResponseHeaders{CacheControl: keysMaxAge},
	}, nil
}

func (h *handlers) keySet(ctx context.Context, sandbox bool) (keys openapi.JWKSet, err error) {
	if err := json.Unmarshal(h.keySets.JWKS(ctx, sandbox), &keys); err != nil {
		return keys, fmt.Errorf("key set: %w", err)
	}
	return keys, nil
}
