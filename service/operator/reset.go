package operator

import (
	"context"

	"github.com/countersign/countersign/service/domain"
)

// ResetUser is the break-glass for a tenant whose last administrator lost every
// proof: everything is removed, whatever the policy, and the decision is
// enroll. It is for operators at the command line.
func (c *Commands) ResetUser(ctx context.Context, op domain.Operator, tenantID, userID, reason string) error {
	if err := domain.CheckReason(reason); err != nil {
		return err
	}
	return c.committer.Retry(ctx, func(ctx context.Context) error {
		user, err := c.store.User(ctx, tenantID, userID)
		if err != nil {
			return err
		}
		tenant, err := c.store.Tenant(ctx, tenantID)
		if err != nil {
			return err
		}
		if user.AuthSource != domain.AuthLocal {
			return domain.ErrAuthSourceNotSupported
		}
		d := c.committer.DraftOf(domain.Caller{TenantID: tenantID}, tenant, user)
		d.AuditBy(func(action domain.Action) domain.Event { return c.trail.ByOperator(op, tenantID, action, userID) })
		d.Clear("the operator reset the user")
		d.User.MustEnroll = true
		event := d.Event(domain.ActionUserReset)
		event.Reason = reason
		d.Audit(event)
		d.Change.Tenant = &tenant
		d.Change.Codes = &domain.RecoveryCodeSet{TenantID: tenantID, UserID: userID}
		return c.committer.Commit(ctx, d.Change)
	})
}
