package service

import "context"

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

// GuessingSuspected reports whether so many proofs of the tenant have been wrong
// lately, as this process saw it, that somebody seems to be guessing.
func (s *Service) GuessingSuspected(tenantID string) bool { return s.path.GuessingSuspected(tenantID) }
