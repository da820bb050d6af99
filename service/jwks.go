package service

import (
	"context"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
)

// JWKS returns the public keys of step-up tokens as a JSON Web Key Set: those
// of real tenants, or those of sandboxes, never both.
func (s *Service) JWKS(ctx context.Context, sandbox bool) []byte {
	return s.keys.Current(ctx).Published[keys.KindFor(domain.Tenant{Sandbox: sandbox})].JWKS()
}
