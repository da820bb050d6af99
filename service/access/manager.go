package access

import (
	"context"

	"github.com/countersign/countersign/service/domain"
)

var errRank = domain.ErrForbidden.WithDetail("Your role does not allow this on this user.")

// Unproven guards a change that takes trust away, gives none, and so needs no proof:
// by an admin ticket only on whom its user manages, by a key or a ticket of the
// target on anybody they were authorized for. It puts the acting person into the
// change, which fails if that one is not the same any more.
func (a *Access) Unproven(ctx context.Context, c domain.Caller, target domain.User, change *domain.Change) error {
	if c.Ticket == nil || c.Owns(target.ID) {
		return nil
	}
	actor, err := a.Subject(ctx, c, c.Ticket.UserID)
	if err != nil {
		return err
	}
	if !domain.CanManage(actor, target) {
		return errRank
	}
	change.Actor = &actor
	return nil
}

// ManagerStepUp reads the Step-Up-Token of somebody else than the user, who may act
// on the user by what may says: [domain.CanManage] or [domain.CanExempt]. What it
// allows gives a user something that their own factor would have to give, so the
// proof is one by a factor: else a way back in would make another.
func (a *Access) ManagerStepUp(ctx context.Context, c domain.Caller, op domain.Operation, target domain.User, token string, may func(actor, target domain.User) bool) (StepUp, error) {
	proof, err := a.StepUp(ctx, c, op, token)
	if err != nil {
		return StepUp{}, err
	}
	if proof.Actor.ID == target.ID {
		return StepUp{}, domain.Permissions[op].NotForOneself()
	}
	if err := mayActOn(c, op, proof, target, may); err != nil {
		return StepUp{}, err
	}
	if proof.ByRecovery() {
		return StepUp{}, domain.ErrStepUpRequired.WithDetail("This needs a code of an authenticator app or a passkey, not a recovery code.")
	}
	return proof, nil
}

// mayActOn refuses who may not act on another user.
func mayActOn(c domain.Caller, op domain.Operation, proof StepUp, target domain.User, may func(actor, target domain.User) bool) error {
	if err := c.MayOnBehalf(op, false); err != nil {
		return err
	}
	if !may(proof.Actor, target) {
		return errRank
	}
	return nil
}
