package service

import (
	"context"
	"slices"
)

// AllowedOrigin reports whether a browser page of this origin may call with the
// tenant's tickets.
func (s *Service) AllowedOrigin(ctx context.Context, tenantID, origin string) (bool, error) {
	tenant, err := s.tenant(ctx, tenantID)
	return slices.Contains(tenant.Origins, origin), err
}

// KnownOrigin reports whether any tenant has this origin: a preflight request
// carries no credential that would name one. The answer is at most a second old.
func (s *Service) KnownOrigin(ctx context.Context, origin string) (bool, error) {
	origins, err := s.origins.Get(ctx, struct{}{}, func() (map[string]bool, error) {
		tenants, err := s.store.Tenants(ctx)
		union := map[string]bool{}
		for _, t := range tenants {
			for _, o := range t.Origins {
				union[o] = true
			}
		}
		return union, err
	})
	return origins[origin], err
}

// RememberedOrigin is [Service.KnownOrigin] as far as memory tells: it never
// waits, and may say no for a moment.
func (s *Service) RememberedOrigin(origin string) bool {
	origins, _ := s.origins.Peek(struct{}{})
	return origins[origin]
}
