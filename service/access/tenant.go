package access

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Tenant returns a tenant, at most a second old.
func (a *Access) Tenant(ctx context.Context, id string) (domain.Tenant, error) {
	return a.tenants.Get(ctx, id, func() (domain.Tenant, error) { return a.store.Tenant(ctx, id) })
}

// ForgetTenant drops what was remembered of a tenant.
func (a *Access) ForgetTenant(id string) { a.tenants.Forget(id) }

// AllowedOrigin reports whether a browser page of this origin may call with the
// tenant's tickets.
func (a *Access) AllowedOrigin(ctx context.Context, tenantID, origin string) (bool, error) {
	tenant, err := a.Tenant(ctx, tenantID)
	return slices.Contains(tenant.Origins, origin) || tenant.Sandbox && a.isOfDevelopment(origin), err
}

// KnownOrigin reports whether any tenant has this origin: a preflight request
// carries no credential that would name one. The answer is at most a second old.
func (a *Access) KnownOrigin(ctx context.Context, origin string) (bool, error) {
	if a.isOfDevelopment(origin) {
		return true, nil
	}
	origins, err := a.origins.Get(ctx, struct{}{}, func() (map[string]bool, error) {
		tenants, err := a.store.Tenants(ctx)
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

// RememberedOrigin is [Access.KnownOrigin] as far as memory tells: it never
// waits, and may say no for a moment.
func (a *Access) RememberedOrigin(origin string) bool {
	origins, _ := a.origins.Peek(struct{}{})
	return origins[origin] || a.isOfDevelopment(origin)
}

// isOfDevelopment reports whether an origin is that of a page on this very machine, which
// a front end under development has on a port that its tool chose.
func (a *Access) isOfDevelopment(origin string) bool {
	return a.development && loopbackOrigin.MatchString(origin)
}

// loopbackOrigin is as browsers write it: other addresses of 127.0.0.0/8 and names below
// localhost are left to those who set them up.
var loopbackOrigin = regexp.MustCompile(`^http://(localhost|127\.0\.0\.1|\[::1\])(:[1-9][0-9]{0,4})?$`)

// staleness bounds the age of what lies outside the aggregate.
const staleness = time.Second
