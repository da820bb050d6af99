package service

import "context"

// guardLastAdmin refuses a change that would take away the last enrolled
// administrator under a mandate. It always moves the tenant's row, mandate or
// not, so that turning the mandate on and losing an administrator are one
// after the other, never side by side.
func (s *Service) guardLastAdmin(ctx context.Context, d *deliberation) error {
	if !governing(d.before, d.tenant) || (!d.change.DeleteUser && governing(d.user, d.tenant)) {
		return nil
	}
	tenant, err := s.store.Tenant(ctx, d.change.TenantID)
	if err != nil {
		return err
	}
	heads, err := s.store.Headcount(ctx, d.change.TenantID)
	if err != nil {
		return err
	}
	if tenant.Policy.Mandatory && heads.governing(tenant) <= 1 {
		return ErrLastAdmin
	}
	d.change.Tenant = &tenant
	return nil
}

// governing reports whether a user counts as an enrolled administrator: one who
// could change the policy.
func governing(u User, t Tenant) bool {
	return u.Active && u.Enabled() && t.governs(u.Role)
}

// governing counts the enrolled administrators.
func (h Headcount) governing(t Tenant) int {
	if t.Edition == EditionSaaS {
		return h.EnrolledOwners
	}
	return h.EnrolledOwners + h.EnrolledAdmins
}
