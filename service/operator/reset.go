package operator

import (
	"context"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// ResetUser is the break-glass for a tenant whose last administrator lost every
// proof: everything is removed, whatever the policy, and the decision is
// enroll. It is for operators at the command line.
func (c *Commands) ResetUser(ctx context.Context, op domain.Operator, tenantID, userID, reason string) error {
	if reason == "" {
		return domain.ErrReasonRequired
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
		next := user.Clone()
		next.SecondFactor = user.Cleared(identifier.New(""))
		next.MustEnroll = true
		event := c.trail.ByOperator(op, tenantID, domain.ActionUserReset, userID)
		event.Reason = reason
		return c.committer.Commit(ctx, domain.Change{
			TenantID: tenantID, Tenant: &tenant, User: &next,
			Codes:  &domain.RecoveryCodeSet{TenantID: tenantID, UserID: userID},
			Events: []domain.Event{event},
		})
	})
}
