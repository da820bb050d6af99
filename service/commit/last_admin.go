package commit

import (
	"context"
	"errors"

	"github.com/countersign/countersign/service/domain"
)

// GuardLastAdmin refuses a change that would leave a mandate without an administrator
// who meets it. It always moves the tenant's row, mandate or not, so that turning the
// mandate on, or narrowing it, and losing an administrator are one after the other,
// never side by side.
func (c *Committer) GuardLastAdmin(ctx context.Context, d *Draft) error {
	if !d.LosesAdmin() {
		return nil
	}
	tenant, err := c.store.Tenant(ctx, d.Change.TenantID)
	if err != nil {
		return err
	}
	heads, err := c.store.Headcount(ctx, d.Change.TenantID, d.Now)
	if err != nil {
		return err
	}
	lost := domain.IsPolicyAdmin(d.Before, tenant) && (d.Change.DeleteUser || !domain.IsPolicyAdmin(d.User, tenant))
	if tenant.Policy.Mandatory && lost && heads.PolicyAdmins(tenant) <= 1 {
		return c.refuseIfCurrent(ctx, d.Before, domain.ErrLastAdmin)
	}
	d.Change.Tenant = &tenant
	return nil
}

// LosesAdmin reports whether the change leaves an administrator with less to meet a
// mandate by than before: with no proven factor, or no passkey.
func (d *Draft) LosesAdmin() bool {
	before, after := d.Tenant.AdminStanding(d.Before), d.Tenant.AdminStanding(d.User)
	return before != domain.StandingNone && (d.Change.DeleteUser || before != after && after != domain.StandingPhishingResistant)
}

// refuseIfCurrent returns a refusal that needs no write, which no compare-and-set
// will check in the store: it stands only if the user it rests on is still the
// latest.
func (c *Committer) refuseIfCurrent(ctx context.Context, read domain.User, refusal *domain.Error) error {
	latest, err := c.store.User(ctx, read.TenantID, read.ID)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return domain.ErrConflict
	case err != nil:
		return err
	case latest.Version != read.Version || latest.Incarnation != read.Incarnation:
		return domain.ErrConflict
	}
	return refusal
}
