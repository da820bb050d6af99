package api

import (
	"context"
	"net/http"

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
	return keySet(h.keySets.JWKS(ctx, false)), nil
}

// GetSandboxJWKS answers those of sandboxes, which are never in the other set.
func (h *handlers) GetSandboxJWKS(ctx context.Context, _ openapi.GetSandboxJWKSRequestObject) (openapi.GetSandboxJWKSResponseObject, error) {
	return keySet(h.keySets.JWKS(ctx, true)), nil
}

// keySet is a key set as it is published: the generated answer would be read from
// it, and written again, at each request.
type keySet []byte

// VisitGetJWKSResponse answers it.
func (s keySet) VisitGetJWKSResponse(w http.ResponseWriter) error { return s.write(w) }

// VisitGetSandboxJWKSResponse answers it.
func (s keySet) VisitGetSandboxJWKSResponse(w http.ResponseWriter) error { return s.write(w) }

func (s keySet) write(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", typeJSON)
	w.Header().Set("Cache-Control", keysMaxAge)
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(append(s, '\n'))
	return err
}
