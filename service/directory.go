package service

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/store"
)

// PutUser creates a user, or makes the profile what the host says it is. A
// user who leaves the local source keeps the factors, suspended; coming back
// restores them.
func (s *Service) PutUser(ctx context.Context, c domain.Caller, userID string, p domain.Profile) (user UserView, created bool, err error) {
	if err := s.access.Authorize(ctx, c, domain.OpPutUser, userID); err != nil {
		return UserView{}, false, err
	}
	if err := p.Check(); err != nil {
		return UserView{}, false, err
	}
	by := func(action domain.Action) domain.Event { return s.trail.By(c, action, domain.OutcomeSuccess, userID) }
	err = s.committer.Retry(ctx, func(ctx context.Context) error {
		d, err := s.putUserOnce(ctx, c, userID, p, by)
		if err != nil {
			return err
		}
		user, created = s.view(d.user, d.tenant, d.now), d.before.Version == 0
		return nil
	})
	return user, created, s.trail.Refused(ctx, c, userID, domain.OpPutUser, err)
}

// putUserOnce decides by the user as stored now. By begins the audit row.
func (s *Service) putUserOnce(ctx context.Context, c domain.Caller, userID string, p domain.Profile, by func(domain.Action) domain.Event) (*deliberation, error) {
	d, err := s.deliberate(ctx, c, userID)
	if errors.Is(err, domain.ErrNotFound) {
		var tenant domain.Tenant
		tenant, err = s.access.Tenant(ctx, c.TenantID)
		d = s.deliberateOn(c, tenant, s.newcomer(tenant, userID))
	}
	if err != nil {
		return nil, err
	}
	if !d.setProfile(p, by) {
		return d, nil
	}
	if err := s.guardLastAdmin(ctx, d); err != nil {
		return nil, err
	}
	return d, s.committer.Commit(ctx, d.change)
}

// newcomer is a user who is not stored yet, and of whom nothing is known.
func (s *Service) newcomer(t domain.Tenant, userID string) domain.User {
	return domain.User{TenantID: t.ID, ID: userID, Incarnation: identifier.Incarnation(), CreatedAt: s.clock.TenantNow(t)}
}

// setProfile makes the profile what the host says it is, and reports whether
// that changes anything. By begins the audit row.
func (d *deliberation) setProfile(p domain.Profile, by func(domain.Action) domain.Event) bool {
	if d.before.Profile == p {
		return false
	}
	d.endGenerationOnProfile(p, by)
	d.user.Profile, d.user.UpdatedAt = p, d.now
	action := domain.ActionUserUpdated
	if d.before.Version == 0 {
		action = domain.ActionUserCreated
	}
	event := by(action)
	event.Details = profileChanges(d.before.Profile, p)
	d.change.Events = append(d.change.Events, event)
	return true
}

// endGenerationOnProfile ends the generation where the host changes what a user
// may do here or how they log in there: who was deactivated or got another role
// proves again.
func (d *deliberation) endGenerationOnProfile(p domain.Profile, by func(domain.Action) domain.Event) {
	was := d.before.Profile
	if d.before.Version == 0 || (was.Active == p.Active && was.AuthSource == p.AuthSource && was.Role == p.Role) {
		return
	}
	if was.Active && !p.Active {
		d.user.Deactivations++
	}
	d.endGeneration(by, "the host changed the user")
}

// profileChanges names what decides about a user; names of people stay out.
func profileChanges(before, after domain.Profile) map[string]string {
	details := map[string]string{}
	if before.Role != after.Role {
		details["role"] = string(after.Role)
	}
	if before.AuthSource != after.AuthSource {
		details["auth_source"] = string(after.AuthSource)
	}
	if before.Active != after.Active || before == (domain.Profile{}) {
		details["active"] = map[bool]string{true: "true", false: "false"}[after.Active]
	}
	return details
}

// DeleteUser forgets a user, factors and codes included. The audit trail stays.
func (s *Service) DeleteUser(ctx context.Context, c domain.Caller, userID string) error {
	if err := s.access.Authorize(ctx, c, domain.OpDeleteUser, userID); err != nil {
		return err
	}
	err := s.committer.Retry(ctx, func(ctx context.Context) error {
		d, err := s.deliberate(ctx, c, userID)
		if err != nil {
			return err
		}
		d.change.DeleteUser = true
		if err := s.guardLastAdmin(ctx, d); err != nil {
			return err
		}
		d.change.Events = append(d.change.Events, s.trail.By(c, domain.ActionUserDeleted, domain.OutcomeSuccess, userID))
		return s.committer.Commit(ctx, d.change)
	})
	return s.trail.Refused(ctx, c, userID, domain.OpDeleteUser, err)
}

// UserView is a user with the second factor as it stands now.
type UserView struct {
	ID string
	domain.Profile
	CreatedAt time.Time
	UpdatedAt time.Time
	TwoFactor domain.TwoFactorStatus
}

func (s *Service) view(u domain.User, t domain.Tenant, now time.Time) UserView {
	return UserView{ID: u.ID, Profile: u.Profile, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, TwoFactor: domain.StatusOf(u, t.Policy, now)}
}

// GetUser returns one user.
func (s *Service) GetUser(ctx context.Context, c domain.Caller, userID string) (UserView, error) {
	if err := s.access.Authorize(ctx, c, domain.OpGetUser, userID); err != nil {
		return UserView{}, err
	}
	d, err := s.deliberate(ctx, c, userID)
	if err != nil {
		return UserView{}, err
	}
	return s.view(d.user, d.tenant, d.now), nil
}

// ListUsers returns the users the filter selects, in the order of Store.Users.
func (s *Service) ListUsers(ctx context.Context, c domain.Caller, f domain.UserFilter) ([]UserView, error) {
	if err := s.access.Authorize(ctx, c, domain.OpListUsers, ""); err != nil {
		return nil, err
	}
	users, err := store.ReadList(ctx, errUsersTooLong, func(ctx context.Context) ([]domain.User, error) { return s.store.Users(ctx, c.TenantID, f) })
	if err != nil {
		return nil, err
	}
	return s.views(ctx, c, users)
}

// UsersStatus returns those of the named users who exist, by id. A ticket that
// may not list may ask for its own user.
func (s *Service) UsersStatus(ctx context.Context, c domain.Caller, userIDs []string) ([]UserView, error) {
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

func (s *Service) views(ctx context.Context, c domain.Caller, users []domain.User) ([]UserView, error) {
	tenant, err := s.access.Tenant(ctx, c.TenantID)
	if err != nil {
		return nil, err
	}
	views := make([]UserView, 0, len(users))
	for _, u := range users {
		views = append(views, s.view(u, tenant, s.clock.TenantNow(tenant)))
	}
	return views, nil
}
