package directory

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// UserInput is what a host says of a user.
type UserInput struct {
	domain.Profile
	// CredentialsChangedAt is when the user's password, or what else is the first
	// factor, last changed; zero: the host does not say, and what it said before
	// stands.
	CredentialsChangedAt time.Time
}

// PutUser creates a user, or makes the profile what the host says it is. A
// user who leaves the local source keeps the factors, suspended; coming back
// restores them. Credentials that changed since the host last said so end what
// rests on proofs given before, remembered browsers among it.
func (s *Directory) PutUser(ctx context.Context, c domain.Caller, userID string, in UserInput) (user UserView, created bool, err error) {
	if err := s.access.Authorize(ctx, c, domain.OpPutUser, userID); err != nil {
		return UserView{}, false, err
	}
	if err := in.Check(); err != nil {
		return UserView{}, false, err
	}
	if domain.IsPseudonym(userID) {
		return UserView{}, false, domain.ErrPseudonym
	}
	err = s.committer.Retry(ctx, func(ctx context.Context) error {
		d, err := s.draft(ctx, c, userID)
		if err != nil {
			return err
		}
		if err := s.put(ctx, d, in); err != nil {
			return err
		}
		user, created = view(d.User, d.Tenant, d.Now), d.Before.Version == 0
		return nil
	})
	return user, created, s.trail.Refused(ctx, c, userID, domain.OpPutUser, err)
}

// draft begins a decision about a user who may not exist yet.
func (s *Directory) draft(ctx context.Context, c domain.Caller, userID string) (*commit.Draft, error) {
	d, err := s.committer.Draft(ctx, c, userID)
	if !errors.Is(err, domain.ErrNotFound) {
		return d, err
	}
	tenant, err := s.access.Tenant(ctx, c.TenantID)
	if err != nil {
		return nil, err
	}
	return s.committer.DraftOf(c, tenant, s.newUser(tenant, userID)), nil
}

// put commits a draft with this profile, if that changes anything.
func (s *Directory) put(ctx context.Context, d *commit.Draft, in UserInput) error {
	if refusal := s.checkChanged(d, in); refusal != nil {
		return refusal
	}
	if !setProfile(d, in) {
		return nil
	}
	if err := s.committer.GuardLastAdmin(ctx, d); err != nil {
		return err
	}
	return s.committer.Commit(ctx, d.Change)
}

// newUser is a user who is not stored yet, and of whom nothing is known.
func (s *Directory) newUser(t domain.Tenant, userID string) domain.User {
	return domain.User{TenantID: t.ID, ID: userID, Incarnation: identifier.Incarnation(), CreatedAt: s.clock.TenantNow(t)}
}

// setProfile makes the profile what the host says it is, and reports whether
// that changes anything.
func setProfile(d *commit.Draft, in UserInput) bool {
	changed := in.changedAt().After(d.Before.CredentialsChangedAt)
	if d.Before.Profile == in.Profile && !changed {
		return false
	}
	if changed {
		d.User.CredentialsChangedAt = in.changedAt()
	}
	endGenerationOnProfile(d, in.Profile, changed)
	if d.Before.Version != 0 && d.Before.Role != in.Role {
		changeRole(d, in.Role)
	}
	d.User.Profile, d.User.UpdatedAt = in.Profile, d.Now
	action := domain.ActionUserUpdated
	if d.Before.Version == 0 {
		action = domain.ActionUserCreated
	}
	event := d.Event(action)
	event.Details = profileChanges(d.Before.Profile, in.Profile)
	if changed {
		event = event.With("credentials_changed_at", in.changedAt().Format(time.RFC3339Nano))
	}
	d.Audit(event)
	return true
}

// changeRole ends the exemption of whoever rises: who granted it may have no say about
// the new rank.
func changeRole(d *commit.Draft, next domain.Role) {
	d.User.CoverRole(next, d.Tenant.Policy, d.Now)
	if next.Rank() > d.Before.Role.Rank() && d.User.Exemption.Holds(d.Now) {
		d.User.Exemption = domain.Exemption{}
		d.Audit(d.Event(domain.ActionExemptionEnded).With("why", "the role of the user rose"))
	}
}

// changedAt is as fine as it is stored: else what is repeated would seem later.
func (in UserInput) changedAt() time.Time {
	return in.CredentialsChangedAt.UTC().Truncate(time.Microsecond)
}

// checkChanged refuses a change of credentials that is still to come: kept, it would
// hide those that come before it.
func (s *Directory) checkChanged(d *commit.Draft, in UserInput) *domain.Error {
	if in.changedAt().After(d.Now.Add(s.clock.MaxGap())) {
		return domain.ErrInvalidRequest.WithDetail("credentials_changed_at lies in the future. Send when the credentials did change, and check the clock of your server.")
	}
	return nil
}

// endGenerationOnProfile ends the generation where the host changes what a user
// may do here or how they log in there: who was deactivated, got another role or
// changed the password proves again.
func endGenerationOnProfile(d *commit.Draft, p domain.Profile, credentials bool) {
	was := d.Before.Profile
	if d.Before.Version == 0 {
		return
	}
	if was.Active && !p.Active || credentials { // a ticket states what was proven to the host before
		d.User.TicketEpoch++
	}
	switch {
	case was.Active != p.Active || was.AuthSource != p.AuthSource || was.Role != p.Role:
		d.EndGeneration("the host changed the user")
	case credentials:
		d.EndGeneration("the credentials changed at the host")
	}
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
func (s *Directory) DeleteUser(ctx context.Context, c domain.Caller, userID string) error {
	if err := s.access.Authorize(ctx, c, domain.OpDeleteUser, userID); err != nil {
		return err
	}
	err := s.committer.Retry(ctx, func(ctx context.Context) error {
		d, err := s.committer.Draft(ctx, c, userID)
		if err != nil {
			return err
		}
		d.Change.DeleteUser = true
		if err := s.committer.GuardLastAdmin(ctx, d); err != nil {
			return err
		}
		d.Audit(s.trail.By(c, domain.ActionUserDeleted, domain.OutcomeSuccess, userID))
		return s.committer.Commit(ctx, d.Change)
	})
	return s.trail.Refused(ctx, c, userID, domain.OpDeleteUser, err)
}
