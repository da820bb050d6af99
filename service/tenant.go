package service

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Edition says who may set a tenant's policy.
type Edition string

// The editions.
const (
	EditionServer Edition = "server" // admins and owners set the policy
	EditionSaaS   Edition = "saas"   // owners alone
)

// OwnAudience is the audience of tokens for Countersign's own routes; every
// tenant has it beside its own.
const OwnAudience = "countersign"

// Tenant is one instance of the host's product.
type Tenant struct {
	ID      string
	Version int64 // of the row: moved by every change and by the guard of the last admin
	// DisplayName is what people read, such as the product's name; may be empty:
	// see [Tenant.Label].
	DisplayName string
	Edition     Edition
	Sandbox     bool
	Origins     []string // exact web origins that may call with this tenant's tickets
	Audiences   []string // hosts that may ask for step-up tokens; the first is the default
	Policy      Policy
	// ClockOffset is added to the clock of a sandbox; zero elsewhere.
	ClockOffset time.Duration
	CreatedAt   time.Time
}

// Label is what people are shown for the tenant: its display name, or its id.
func (t Tenant) Label() string { return cmp.Or(t.DisplayName, t.ID) }

// validDisplayName has no colon, which in an otpauth URI separates the issuer
// from the account, and no space at either end, where nobody would see it.
func validDisplayName(name string) bool {
	return validText(name, 0, 64) && !strings.Contains(name, ":") && strings.TrimSpace(name) == name
}

// tenantID is also the shape of a path segment and of a label, so that it can
// stand in an issuer, in a service key and in a log line.
var tenantID = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// allowsAudience reports whether tokens for aud may be signed.
func (t Tenant) allowsAudience(aud string) bool {
	return aud == OwnAudience || slices.Contains(t.Audiences, aud)
}

// governs reports whether a role may set this tenant's policy.
func (t Tenant) governs(r Role) bool {
	return r == RoleOwner || (r == RoleAdmin && t.Edition == EditionServer)
}

// AllowedOrigin reports whether a browser page of this origin may call with the
// tenant's tickets.
func (s *Service) AllowedOrigin(ctx context.Context, tenantID, origin string) (bool, error) {
	tenant, err := s.tenant(ctx, tenantID)
	return slices.Contains(tenant.Origins, origin), err
}

// KnownOrigin reports whether any tenant has this origin: a preflight request
// carries no credential that would name one. The answer is at most a second old.
func (s *Service) KnownOrigin(ctx context.Context, origin string) (bool, error) {
	origins, err := s.origins.get(ctx, struct{}{}, func() (map[string]bool, error) {
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
	origins, _ := s.origins.peek(struct{}{})
	return origins[origin]
}
