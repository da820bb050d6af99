package access

import (
	"context"
	"errors"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/stepup"
)

// StepUp is a fresh proof presented as a Step-Up-Token for one of
// Countersign's own routes: who proved it, as that person is now.
type StepUp struct {
	Claims stepup.Claims
	Actor  domain.User
}

// ByRecovery reports whether the proof was a way back in, such as a recovery code
// or an access pass, and not a factor's: one recovery code must not unlock the others.
func (proof StepUp) ByRecovery() bool { return proof.Claims.ACR == ACRRecovery }

// SpendIn puts the token into the change it allows, and the acting person where
// the change does not guard that one's row by itself.
func (proof StepUp) SpendIn(change *domain.Change) {
	change.SpentTokens = append(change.SpentTokens, SpentToken(proof.Claims))
	if !change.Guards(proof.Actor.ID) {
		change.Actor = &proof.Actor
	}
}

// errAccessPass refuses a proof by access pass for all but the replacement of a device:
// whoever gave it knows it too, and shall neither act under the name of the one it was
// given to, nor take from them what they have.
var errAccessPass = domain.ErrStepUpRequired.WithDetail("An access pass replaces a lost device and opens nothing else. Replace the device with it, and prove that.")

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

// StepUp reads a Step-Up-Token for op. The acting person's state is loaded
// anew: who lost the role, was deactivated, or changed factors since is nobody.
// The token is spent by the change it allows, and only then.
func (a *Access) StepUp(ctx context.Context, c domain.Caller, op domain.Operation, token string) (StepUp, error) {
	if token == "" {
		return StepUp{}, domain.ErrStepUpRequired
	}
	claims, err := a.ReadToken(ctx, c, token, []string{domain.OwnAudience})
	if errors.Is(err, domain.ErrTokenInvalid) {
		return StepUp{}, domain.ErrStepUpRequired
	}
	if err != nil {
		return StepUp{}, err
	}
	if c.Ticket != nil && claims.Subject != c.Ticket.UserID {
		return StepUp{}, domain.ErrForbidden.WithDetail("The Step-Up-Token is another person's.")
	}
	if err := boundBy(c, claims, op); err != nil {
		return StepUp{}, err
	}
	actor, err := a.store.User(ctx, c.TenantID, claims.Subject)
	if errors.Is(err, domain.ErrNotFound) || (err == nil && !Holds(claims, actor)) {
		return StepUp{}, domain.ErrStepUpRequired
	}
	if err != nil {
		return StepUp{}, err
	}
	if claims.Method == string(domain.MethodAccessPass) && op != domain.OpEnroll {
		return StepUp{}, errAccessPass
	}
	return StepUp{Claims: claims, Actor: actor}, a.accepts(ctx, claims, actor, op)
}

// accepts refuses the token of somebody of whom a passkey is demanded, and who proved
// something else: that enrolls a passkey, and nothing more.
func (a *Access) accepts(ctx context.Context, claims stepup.Claims, actor domain.User, op domain.Operation) error {
	tenant, err := a.Tenant(ctx, actor.TenantID)
	if err != nil || op == domain.OpEnroll || claims.Method == string(domain.MethodPasskey) {
		return err
	}
	if now := a.clock.TenantNow(tenant); domain.DemandOn(actor, tenant, now).OnlyPasskeys(now) {
		return domain.ErrFactorNotAccepted.WithDetail("The mandate demands a passkey here: prove one, for the audience countersign. A token of another proof enrolls one, and nothing else.")
	}
	return nil
}

// OwnStepUp reads the Step-Up-Token of the very user it is used for.
func (a *Access) OwnStepUp(ctx context.Context, c domain.Caller, op domain.Operation, userID, token string) (StepUp, error) {
	proof, err := a.StepUp(ctx, c, op, token)
	if err != nil {
		return StepUp{}, err
	}
	if proof.Actor.ID != userID {
		return StepUp{}, domain.ErrForbidden.WithDetail("Only the user's own Step-Up-Token allows this.")
	}
	return proof, nil
}

// StepUpFor reads a Step-Up-Token of the user or of somebody who manages the
// user and states a reason.
func (a *Access) StepUpFor(ctx context.Context, c domain.Caller, op domain.Operation, target domain.User, token, reason string) (StepUp, error) {
	proof, err := a.StepUp(ctx, c, op, token)
	if err != nil {
		return StepUp{}, err
	}
	own := proof.Actor.ID == target.ID
	if own {
		err = c.MayOnBehalf(op, true)
	} else {
		err = mayActOn(c, op, proof, target, domain.CanManage)
	}
	if err == nil && (!own || reason != "") {
		err = domain.CheckReason(reason)
	}
	if err != nil {
		return StepUp{}, err
	}
	return proof, nil
}

// Event begins an audit row that names the acting person.
func (a *Access) Event(c domain.Caller, proof StepUp, action domain.Action, userID string) domain.Event {
	event := a.trail.By(c, action, domain.OutcomeSuccess, userID)
	event.Actor.UserID = proof.Actor.ID
	return event.With("step_up", proof.Claims.ID)
}
