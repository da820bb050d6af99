package service

import (
	"context"
	"errors"

	"github.com/countersign/countersign/service/domain"
)

// guardLastAdmin refuses a change that would take away the last enrolled
// administrator under a mandate. It always moves the tenant's row, mandate or
// not, so that turning the mandate on and losing an administrator are one
// after the other, never side by side.
func (s *Service) guardLastAdmin(ctx context.Context, d *deliberation) error {
	if !d.losesAdmin() {
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
	if tenant.Policy.Mandatory && heads.PolicyAdmins(tenant) <= 1 {
		return s.unlessStale(ctx, d.before, domain.ErrLastAdmin)
	}
	d.change.Tenant = &tenant
	return nil
}

// losesAdmin reports whether the change takes an enrolled administrator away.
func (d *deliberation) losesAdmin() bool {
	return domain.IsPolicyAdmin(d.before, d.tenant) && (d.change.DeleteUser || !domain.IsPolicyAdmin(d.user, d.tenant))
}

// unlessStale returns a refusal that needs no write, which no compare-and-set
// will check in the store: it stands only if the snapshot it rests on is
// still the latest.
func (s *Service) unlessStale(ctx context.Context, snapshot domain.User, refusal *domain.Error) error {
	latest, err := s.store.User(ctx, snapshot.TenantID, snapshot.ID)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return domain.ErrConflict
	case err != nil:
		return err
	case latest.Version != snapshot.Version || latest.Incarnation != snapshot.Incarnation:
		return domain.ErrConflict
	}
	return refusal
}
