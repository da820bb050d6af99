package access

import (
	"context"

	"github.com/countersign/countersign/service/domain"
)

// ManagerStepUp reads the Step-Up-Token of somebody who manages the user, is not
// the user, and states a reason. What it allows gives a user something that their
// own factor would have to give, so the proof is one by a factor: else a way back in
// would make another.
func (a *Access) ManagerStepUp(ctx context.Context, c domain.Caller, op domain.Operation, target domain.User, token, reason string) (StepUp, error) {
	proof, err := a.StepUp(ctx, c, op, token)
	if err != nil {
		return StepUp{}, err
	}
	if proof.Actor.ID == target.ID {
		return StepUp{}, domain.ErrForbidden.WithDetail("Nobody may do this for themselves. Ask somebody else who manages users.")
	}
	if err := mayManage(c, op, proof, target, reason); err != nil {
		return StepUp{}, err
	}
	if proof.ByRecovery() {
		return StepUp{}, domain.ErrStepUpRequired.WithDetail("This needs a code of an authenticator app or a passkey, not a recovery code or an access pass.")
	}
	return proof, nil
}

// mayManage refuses who may not act on another user with this proof.
func mayManage(c domain.Caller, op domain.Operation, proof StepUp, target domain.User, reason string) error {
	if err := c.MayOnBehalf(op, false); err != nil {
		return err
	}
	if !domain.CanManage(proof.Actor, target) {
		return domain.ErrForbidden.WithDetail("Your role may not act on this user.")
	}
	if err := proof.MayActOnOthers(); err != nil {
		return err
	}
	if reason == "" {
		return domain.ErrReasonRequired
	}
	return nil
}

// MayActOnOthers refuses a proof by access pass: whoever gave it knows it too, and
// shall not act under the name of the one it was given to.
func (proof StepUp) MayActOnOthers() error {
	if proof.Claims.Method == string(domain.MethodAccessPass) {
		return domain.ErrStepUpRequired.WithDetail("An access pass lets nobody act on others or on the policy. Replace the lost device first, and prove it.")
	}
	return nil
}
