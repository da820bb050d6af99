package directory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// UserView is a user with the second factor as it stands now.
type UserView struct {
	ID string
	domain.Profile
	CreatedAt time.Time
	UpdatedAt time.Time
	TwoFactor domain.TwoFactorStatus
}

func view(u domain.User, t domain.Tenant, now time.Time) UserView {
	return UserView{ID: u.ID, Profile: u.Profile, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, TwoFactor: domain.StatusOf(u, t, now)}
}

// GetUser returns one user.
func (s *Directory) GetUser(ctx context.Context, c domain.Caller, userID string) (UserView, error) {
	if err := s.access.Authorize(ctx, c, domain.OpGetUser, userID); err != nil {
		return UserView{}, err
	}
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return UserView{}, err
	}
	return view(d.User, d.Tenant, d.Now), nil
}

// ListUsers returns the users the filter selects, in the order of Store.Users.
func (s *Directory) ListUsers(ctx context.Context, c domain.Caller, f domain.UserFilter) ([]UserView, error) {
	if err := s.access.Authorize(ctx, c, domain.OpListUsers, ""); err != nil {
		return nil, err
	}
	f, err := s.affected(ctx, c, f)
	if err != nil {
		return nil, err
	}
	users, err := store.ReadList(ctx, errUsersTooLong, func(ctx context.Context) ([]domain.User, error) { return s.store.Users(ctx, c.TenantID, f) })
	if err != nil {
		return nil, err
	}
	return s.views(ctx, c, users)
}

// affected completes a filter by whom a mandate would reach with what the tenant says:
// what it leaves out is as the policy has it.
func (s *Directory) affected(ctx context.Context, c domain.Caller, f domain.UserFilter) (domain.UserFilter, error) {
	if f.Affected == nil {
		return f, nil
	}
	tenant, err := s.access.Tenant(ctx, c.TenantID)
	roles, methods := f.Affected.Roles, f.Affected.Methods
	if roles == nil {
		roles = tenant.Policy.MandatoryRoles
	}
	mandate := domain.NewMandate(roles, cmp.Or(methods, tenant.Policy.MandatoryMethods), tenant.RPID)
	f.Affected, f.At = &mandate, s.clock.TenantNow(tenant)
	return f, err
}

// UsersStatus returns those of the named users who exist, by id. A ticket that
// may not list may ask for its own user.
func (s *Directory) UsersStatus(ctx context.Context, c domain.Caller, userIDs []string) ([]UserView, error) {
	var subject string
	if len(userIDs) == 1 && c.Owns(userIDs[0]) {
		subject = userIDs[0]
	}
	if err := s.access.Authorize(ctx, c, domain.OpGetUser, subject); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(userIDs, func(id string) bool { return !domain.ValidUserID(id) }) {
		return nil, domain.ErrUserID
	}
	if subject != "" { // a login asks so: it does not wait for lists
		user, err := s.access.Subject(ctx, c, subject)
		if err != nil {
			return nil, err
		}
		return s.views(ctx, c, []domain.User{user})
	}
	keys := make([]domain.UserKey, len(userIDs))
	for i, id := range userIDs {
		keys[i] = domain.UserKey{TenantID: c.TenantID, UserID: id}
	}
	users, err := store.ReadList(ctx, errStatusTooLong, func(ctx context.Context) ([]domain.User, error) { return s.store.UsersByKey(ctx, keys) })
	if err != nil {
		return nil, err
	}
	slices.SortFunc(users, func(a, b domain.User) int { return cmp.Compare(a.ID, b.ID) })
	return s.views(ctx, c, users)
}

func (s *Directory) views(ctx context.Context, c domain.Caller, users []domain.User) ([]UserView, error) {
	tenant, err := s.access.Tenant(ctx, c.TenantID)
	if err != nil {
		return nil, err
	}
	views := make([]UserView, 0, len(users))
	for _, u := range users {
		views = append(views, view(u, tenant, s.clock.TenantNow(tenant)))
	}
	return views, nil
}
