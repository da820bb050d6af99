package service

import "context"

// ResetUser is the break-glass for a tenant whose last administrator lost every
// proof: everything is removed, whatever the policy, and the decision is
// enroll. It is for operators at the command line.
func (s *Service) ResetUser(ctx context.Context, op Operator, tenantID, userID, reason string) error {
	if reason == "" {
		return ErrReasonRequired
	}
	return s.retry(ctx, func(ctx context.Context) error {
		user, err := s.store.User(ctx, tenantID, userID)
		if err != nil {
			return err
		}
		tenant, err := s.store.Tenant(ctx, tenantID)
		if err != nil {
			return err
		}
		if user.AuthSource != AuthLocal {
			return ErrAuthSourceNotSupported
		}
		next := user.clone()
		next.SecondFactor = user.cleared(newID(""))
		next.MustEnroll = true
		event := s.operatorEvent(op, tenantID, ActionUserReset, userID)
		event.Reason = reason
		return s.commit(ctx, Change{
			TenantID: tenantID, Tenant: &tenant, User: &next,
			Codes:  &RecoveryCodeSet{TenantID: tenantID, UserID: userID},
			Events: []Event{event},
		})
	})
}
