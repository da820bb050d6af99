package service

import (
	"cmp"
	"context"

	"github.com/countersign/countersign/service/domain"
)

// AllowedOrigin reports whether a browser page of this origin may call with the
// tenant's tickets.
func (s *Service) AllowedOrigin(ctx context.Context, tenantID, origin string) (bool, error) {
	return s.access.AllowedOrigin(ctx, tenantID, origin)
}

// KnownOrigin reports whether any tenant has this origin.
func (s *Service) KnownOrigin(ctx context.Context, origin string) (bool, error) {
	return s.access.KnownOrigin(ctx, origin)
}

// RememberedOrigin is [Service.KnownOrigin] as far as memory tells.
func (s *Service) RememberedOrigin(origin string) bool { return s.access.RememberedOrigin(origin) }

// RefuseTenant refuses the caller of a tenant an operation that takes an operator key, and
// leaves that in the audit trail of the tenant.
func (s *Service) RefuseTenant(ctx context.Context, c domain.Caller, op domain.Operation) error {
	return cmp.Or(s.access.Authorize(ctx, c, op, ""), error(domain.ErrForbidden))
}

// GuessingSuspected reports whether so many proofs of the tenant have been wrong
// lately, as this process saw it, that somebody seems to be guessing.
func (s *Service) GuessingSuspected(tenantID string) bool { return s.path.GuessingSuspected(tenantID) }
