// Package operator is what operators do at the command line and with an operator key, and
// a start by its settings: tenants, service keys, operator keys, and the break-glass. It
// decides no proof.
package operator

import (
	"cmp"
	"context"

	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Commands are those of an operator. They are safe for concurrent use.
type Commands struct {
	store     store.Store
	keys      store.OperatorKeys
	clock     *clock.Watched
	trail     *audit.Trail
	committer *commit.Committer
}

// New returns the commands on a store.
func New(s store.Store, o store.OperatorKeys, c *clock.Watched, t *audit.Trail, m *commit.Committer) *Commands {
	return &Commands{store: s, keys: o, clock: c, trail: t, committer: m}
}

// TenantInput describes a tenant to be.
type TenantInput struct {
	ID          string
	DisplayName string         // default: the tenant's name
	Edition     domain.Edition // default: server
	Sandbox     bool
	Origins     []string // stored as browsers send them
	RPID        string   // of passkeys; default: none
	// RelatedOrigins lets origins lie outside of RPID (WebAuthn Level 3, section 5.11).
	RelatedOrigins bool
	Audiences      []string // default: the tenant's name
}

// firstServiceKey describes the key that a tenant is made with.
var firstServiceKey = domain.ServiceKeyInput{Name: "first"}

// CreateTenant makes a tenant and its first service key, and returns the key's
// text, which is shown once. A name that is taken is ErrAlreadyExists.
func (c *Commands) CreateTenant(ctx context.Context, op domain.Operator, in TenantInput) (domain.Tenant, string, error) {
	text := newServiceKeyText(in.ID)
	tenant, err := c.createTenant(ctx, op, in, c.newServiceKey(in.ID, text, firstServiceKey))
	return tenant, text, err
}

func (c *Commands) createTenant(ctx context.Context, op domain.Operator, in TenantInput, key domain.ServiceKey) (domain.Tenant, error) {
	tenant := domain.Tenant{
		ID: in.ID, DisplayName: in.DisplayName, Edition: cmp.Or(in.Edition, domain.EditionServer), Sandbox: in.Sandbox,
		Audiences: in.Audiences, Policy: domain.DefaultPolicy(), CreatedAt: c.clock.Now(),
	}
	if len(tenant.Audiences) == 0 {
		tenant.Audiences = []string{tenant.ID}
	}
	if err := tenant.Check(); err != nil {
		return domain.Tenant{}, err
	}
	var err error
	if tenant.Origins, err = parseOrigins(in.Origins); err != nil {
		return domain.Tenant{}, err
	}
	if tenant.RPID, err = parseRPID(in.RPID); err != nil {
		return domain.Tenant{}, err
	}
	if err := checkOrigins(tenant, in.Origins); err != nil && !in.RelatedOrigins {
		return domain.Tenant{}, err
	}
	return tenant, c.committer.Commit(ctx, domain.Change{
		TenantID: tenant.ID, Tenant: &tenant, ServiceKey: &key,
		Events: []domain.Event{c.trail.ByOperator(op, tenant.ID, domain.ActionTenantCreated, ""), c.keyEvent(op, key, domain.ActionServiceKeyCreated)},
	})
}

// Tenants returns all tenants, by name.
func (c *Commands) Tenants(ctx context.Context) ([]domain.Tenant, error) { return c.store.Tenants(ctx) }

// RelatedOrigins returns the origins whose pages may use a tenant's passkeys, for
// those outside of its relying party id (WebAuthn Level 3, section 5.11).
func (c *Commands) RelatedOrigins(ctx context.Context, id string) ([]string, error) {
	tenant, err := c.store.Tenant(ctx, id)
	if err == nil && tenant.RPID == "" {
		err = refuse("The tenant has no rp id, so that no page can use a passkey. Set one: countersign tenant update %s --rp-id example.com", submitted{id, "TENANT"})
	}
	return tenant.Origins, err
}
