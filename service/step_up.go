package service

import (
	"context"
	"errors"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/stepup"
)

// authority is a fresh proof presented as a Step-Up-Token for one of
// Countersign's own routes: who proved it, as that person is now.
type authority struct {
	claims stepup.Claims
	actor  domain.User
}

// present reads a Step-Up-Token for op. The acting person's state is loaded
// anew: who lost the role, was deactivated, or changed factors since is nobody.
// The token is spent by the change it allows, and only then.
func (s *Service) present(ctx context.Context, c domain.Caller, op domain.Operation, token string) (authority, error) {
	if token == "" {
		return authority{}, domain.ErrStepUpRequired
	}
	claims, err := s.readToken(ctx, c, token, []string{domain.OwnAudience})
	if errors.Is(err, domain.ErrTokenInvalid) {
		return authority{}, domain.ErrStepUpRequired
	}
	if err != nil {
		return authority{}, err
	}
	if c.Ticket != nil && claims.Subject != c.Ticket.UserID {
		return authority{}, domain.ErrForbidden.WithDetail("The Step-Up-Token is another person's.")
	}
	if err := boundBy(c, claims, op); err != nil {
		return authority{}, err
	}
	actor, err := s.store.User(ctx, c.TenantID, claims.Subject)
	if errors.Is(err, domain.ErrNotFound) || (err == nil && !holds(claims, actor)) {
		return authority{}, domain.ErrStepUpRequired
	}
	return authority{claims: claims, actor: actor}, err
}

// boundBy refuses a token that was earned for another action, or in another
// session than a ticket's: whoever proved it allowed no more than that. A
// service key speaks for all sessions of its host.
func boundBy(c domain.Caller, claims stepup.Claims, op domain.Operation) error {
	switch {
	case claims.Action != "" && claims.Action != string(op):
		return domain.ErrStepUpRequired.WithDetail("The Step-Up-Token was earned for another action. Prove the second factor again with the action " + string(op) + ", or with none.")
	case c.Ticket != nil && claims.SessionID != c.Ticket.SessionID:
		return domain.ErrStepUpRequired.WithDetail("The Step-Up-Token was earned in another session than the ticket's. Prove the second factor again with this ticket.")
	}
	return nil
}

// presentOwn reads the Step-Up-Token of the very user it is used for.
func (s *Service) presentOwn(ctx context.Context, c domain.Caller, op domain.Operation, userID, token string) (authority, error) {
	a, err := s.present(ctx, c, op, token)
	if err != nil {
		return authority{}, err
	}
	if a.actor.ID != userID {
		return authority{}, domain.ErrForbidden.WithDetail("Only the user's own Step-Up-Token allows this.")
	}
	return a, nil
}

// presentFor reads a Step-Up-Token of the user or of somebody who oversees the
// user and states a reason.
func (s *Service) presentFor(ctx context.Context, c domain.Caller, op domain.Operation, target domain.User, token, reason string) (authority, error) {
	a, err := s.present(ctx, c, op, token)
	if err != nil {
		return authority{}, err
	}
	own := a.actor.ID == target.ID
	if err := c.MayOnBehalf(op, own); err != nil {
		return authority{}, err
	}
	switch {
	case own:
		return a, nil
	case !domain.CanManage(a.actor, target):
		return authority{}, domain.ErrForbidden.WithDetail("Your role may not act on this user.")
	case reason == "":
		return authority{}, domain.ErrReasonRequired
	}
	return a, nil
}

// byRecovery reports whether the proof was a way back in, such as a recovery code,
// and not a factor's: one recovery code must not unlock the others.
func (a authority) byRecovery() bool { return a.claims.ACR == acrRecovery }

// spend puts the token into the change it allows, and the acting person where
// the change does not guard that one's row by itself.
func (a authority) spend(change *domain.Change) {
	change.SpentTokens = append(change.SpentTokens, spentToken(a.claims))
	if !change.Guards(a.actor.ID) {
		change.Actor = &a.actor
	}
}

// authorizedEvent begins an audit row that names the acting person.
func (s *Service) authorizedEvent(c domain.Caller, a authority, action domain.Action, userID string) domain.Event {
	event := s.trail.By(c, action, domain.OutcomeSuccess, userID)
	event.Actor.UserID = a.actor.ID
	return event.With("step_up", a.claims.ID)
}
