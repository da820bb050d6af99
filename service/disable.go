package service

import (
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// DisableInput asks to remove all factors and recovery codes of a user.
type DisableInput struct {
	UserID string
	Proof  proof.Input // the user's own
	StepUp string      // or a Step-Up-Token: the user's own, or a manager's with Reason
	Reason string
}

// Disable takes all factors and recovery codes away and clears the counters.
// Under a mandate only somebody who manages the user may: that user is then
// sent to enroll.
func (s *Factors) Disable(ctx context.Context, c domain.Caller, in DisableInput) error {
	if err := s.access.Authorize(ctx, c, domain.OpDisable, in.UserID); err != nil {
		return err
	}
	var err error
	switch {
	case in.Proof.Given() && c.Ticket != nil && !c.Owns(in.UserID):
		// A proof is its owner's to give: who manages a user shows their own.
		err = domain.ErrStepUpRequired
	case in.Proof.Given() && c.MayOnBehalf(domain.OpDisable, true) != nil:
		err = c.MayOnBehalf(domain.OpDisable, true)
	case in.Proof.Given():
		err = s.disableByProof(ctx, c, in)
	default:
		err = s.committer.Retry(ctx, func(ctx context.Context) error { return s.disableByStepUp(ctx, c, in) })
	}
	return s.trail.Refused(ctx, c, in.UserID, domain.OpDisable, err)
}

func (s *Factors) disableByProof(ctx context.Context, c domain.Caller, in DisableInput) error {
	given, err := in.Proof.Parse()
	if err != nil {
		return err
	}
	if in.Proof.AccessPass != "" { // it helps without removing anything
		return domain.ErrInvalidRequest.WithDetail("An access pass logs in, and takes nothing away. Replace the device with it, or prove a code.")
	}
	_, err = s.path.Spend(ctx, proof.Attempt{
		Caller: c, UserID: in.UserID, Action: domain.ActionTwoFactorDisabled, Proof: given,
		Token:  proof.TokenRequest{Action: string(domain.OpDisable)}, // a passkey that was asked for to log in does not do
		Permit: mayDisableOwn,
		Effect: func(ctx context.Context, d *proof.Draft) error { return s.removeAll(ctx, d.Draft) },
	})
	return err
}

// mayDisableOwn refuses the user's own disable under a mandate, before any
// proof is looked at.
func mayDisableOwn(d *commit.Draft) error {
	if !d.User.Enabled() {
		return domain.ErrNotEnrolled
	}
	if d.User.TakesPart() == nil && d.Tenant.Policy.Covers(d.User.Role) { // an exemption releases from enrolling, not from what there is
		return domain.ErrTwoFactorMandatory
	}
	return nil
}

// mayRemoveOwn refuses the user's own removal of what meets a mandate, though another
// factor stays that does not.
func mayRemoveOwn(d *commit.Draft, factorID string) error {
	after := d.User.Clone()
	after.Drop(factorID)
	if domain.DemandOn(d.User, d.Tenant, d.Now).Met && !d.Tenant.Mandate().MetBy(after) {
		return domain.ErrTwoFactorMandatory
	}
	return nil
}

func (s *Factors) disableByStepUp(ctx context.Context, c domain.Caller, in DisableInput) error {
	d, err := s.committer.Draft(ctx, c, in.UserID)
	if err != nil {
		return err
	}
	proof, err := s.removalStepUp(ctx, d, domain.OpDisable, in.StepUp, in.Reason)
	if err != nil {
		return err
	}
	return s.commitDisable(ctx, d, proof, "", in.Reason)
}

// removalStepUp reads the step-up token that takes a user's last factor away.
// The user's own is refused under a mandate, before any proof is looked at; a
// service key that brings neither a proof nor a reason can mean no other.
func (s *Factors) removalStepUp(ctx context.Context, d *commit.Draft, op domain.Operation, stepUp, reason string) (access.StepUp, error) {
	ownByKey := d.Caller.Ticket == nil && stepUp == "" && reason == "" && d.User.Enabled()
	if d.Caller.Owns(d.User.ID) || ownByKey {
		if err := mayDisableOwn(d); err != nil {
			return access.StepUp{}, err
		}
	}
	proof, err := s.access.StepUpFor(ctx, d.Caller, op, d.User, stepUp, reason)
	if err == nil && proof.Actor.ID == d.User.ID {
		err = mayDisableOwn(d)
	}
	return proof, err
}

func (s *Factors) commitDisable(ctx context.Context, d *commit.Draft, proof access.StepUp, factorID, reason string) error {
	if err := s.removeAll(ctx, d); err != nil {
		return err
	}
	proof.SpendIn(&d.Change)
	event := s.access.Event(d.Caller, proof, domain.ActionTwoFactorDisabled, d.User.ID)
	event.FactorID, event.Reason = factorID, reason
	d.Audit(event)
	return s.committer.Commit(ctx, d.Change)
}

// removeAll is the effect of a disable.
func (s *Factors) removeAll(ctx context.Context, d *commit.Draft) error {
	d.Clear("two-step verification disabled")
	d.Change.Codes = &domain.RecoveryCodeSet{TenantID: d.User.TenantID, UserID: d.User.ID}
	d.Change.Custody = ""
	return s.committer.GuardLastAdmin(ctx, d)
}
