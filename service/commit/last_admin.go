package commit

import (
	"context"
	"errors"

	"github.com/countersign/countersign/service/domain"
)

// GuardLastAdmin refuses a change that would take away the last enrolled
// administrator under a mandate. It always moves the tenant's row, mandate or
// not, so that turning the mandate on and losing an administrator are one
// after the other, never side by side.
func (c *Committer) GuardLastAdmin(ctx context.Context, d *Draft) error {
	if !d.LosesAdmin() {
		return nil
	}
	tenant, err := c.store.Tenant(ctx, d.Change.TenantID)
	if err != nil {
		return err
	}
	heads, err := c.store.Headcount(ctx, d.Change.TenantID)
	if err != nil {
		return err
	}
	if tenant.Policy.Mandatory && heads.PolicyAdmins(tenant) <= 1 {
		return c.refuseIfCurrent(ctx, d.Before, domain.ErrLastAdmin)
	}
	d.Change.Tenant = &tenant
	return nil
}

// LosesAdmin reports whether the change takes an enrolled administrator away.
func (d *Draft) LosesAdmin() bool {
	return domain.IsPolicyAdmin(d.Before, d.Tenant) && (d.Change.DeleteUser || !domain.IsPolicyAdmin(d.User, d.Tenant))
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
