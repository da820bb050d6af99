// Package operator is what an operator does at the command line, and a start by its
// settings: tenants, service keys, and the break-glass. It decides no proof.
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
	clock     *clock.Watched
	trail     *audit.Trail
	committer *commit.Committer
}

// New returns the commands on a store.
func New(s store.Store, c *clock.Watched, t *audit.Trail, m *commit.Committer) *Commands {
	return &Commands{store: s, clock: c, trail: t, committer: m}
}

// TenantInput describes a tenant to be.
type TenantInput struct {
	ID          string
	DisplayName string         // default: the tenant's name
	Edition     domain.Edition // default: server
	Sandbox     bool
	Origins     []string // stored as browsers send them
	Audiences   []string // default: the tenant's name
}

// TenantUpdate replaces what is not nil.
type TenantUpdate struct {
	DisplayName *string // empty: the tenant's name
	Origins     []string
	Audiences   []string
}

// CreateTenant makes a tenant and its first service key, and returns the key's
// text, which is shown once. A name that is taken is ErrAlreadyExists.
func (c *Commands) CreateTenant(ctx context.Context, op domain.Operator, in TenantInput) (domain.Tenant, string, error) {
	text := newServiceKeyText(in.ID)
	tenant, err := c.createTenant(ctx, op, in, c.newServiceKey(in.ID, "first", text, domain.AllScopes()))
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
	return tenant, c.committer.Commit(ctx, domain.Change{
		TenantID: tenant.ID, Tenant: &tenant, ServiceKey: &key,
		Events: []domain.Event{c.trail.ByOperator(op, tenant.ID, domain.ActionTenantCreated, ""), c.keyEvent(op, key, domain.ActionServiceKeyCreated)},
	})
}

// UpdateTenant changes a tenant's display name, origins and audiences.
func (c *Commands) UpdateTenant(ctx context.Context, op domain.Operator, id string, in TenantUpdate) (domain.Tenant, error) {
	var tenant domain.Tenant
	err := c.committer.Retry(ctx, func(ctx context.Context) (err error) {
		if tenant, err = c.store.Tenant(ctx, id); err != nil {
			return err
		}
		if in.DisplayName != nil {
			tenant.DisplayName = *in.DisplayName
		}
		if in.Origins != nil {
			if tenant.Origins, err = parseOrigins(in.Origins); err != nil {
				return err
			}
		}
		if in.Audiences != nil {
			tenant.Audiences = in.Audiences
		}
		if err := tenant.Check(); err != nil {
			return err
		}
		return c.committer.Commit(ctx, domain.Change{TenantID: id, Tenant: &tenant, Events: []domain.Event{c.trail.ByOperator(op, id, domain.ActionTenantUpdated, "")}})
	})
	return tenant, err
}

// Tenants returns all tenants, by name.
func (c *Commands) Tenants(ctx context.Context) ([]domain.Tenant, error) { return c.store.Tenants(ctx) }
