package service

import (
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// DisableInput asks to remove all factors and recovery codes of a user.
type DisableInput struct {
	UserID string
	Proof  ProofInput // the user's own
	StepUp string     // or a Step-Up-Token: the user's own, or an overseer's with Reason
	Reason string
}

// Disable takes all factors and recovery codes away and clears the counters.
// Under a mandate only somebody who oversees the user may: that user is then
// sent to enroll.
func (s *Service) Disable(ctx context.Context, c domain.Caller, in DisableInput) error {
	if err := s.access.Authorize(ctx, c, domain.OpDisable, in.UserID); err != nil {
		return err
	}
	var err error
	switch {
	case in.Proof.given() && c.Ticket != nil && !c.Owns(in.UserID):
		// A proof is its owner's to give: who oversees a user shows their own.
		err = domain.ErrStepUpRequired
	case in.Proof.given() && c.MayOnBehalf(domain.OpDisable, true) != nil:
		err = c.MayOnBehalf(domain.OpDisable, true)
	case in.Proof.given():
		err = s.disableByProof(ctx, c, in)
	default:
		err = s.committer.Retry(ctx, func(ctx context.Context) error { return s.disableByStepUp(ctx, c, in) })
	}
	return s.trail.Refused(ctx, c, in.UserID, domain.OpDisable, err)
}

func (s *Service) disableByProof(ctx context.Context, c domain.Caller, in DisableInput) error {
	proof, err := in.Proof.parse()
	if err != nil {
		return err
	}
	_, err = s.spend(ctx, attempt{
		caller: c, userID: in.UserID, action: domain.ActionTwoFactorDisabled, proof: proof,
		permit: mayDisableOwn,
		effect: func(ctx context.Context, d *deliberation) error { return s.removeAll(ctx, d) },
	})
	return err
}

// mayDisableOwn refuses the user's own disable under a mandate, before any
// proof is looked at.
func mayDisableOwn(d *deliberation) error {
	if !d.user.Enabled() {
		return domain.ErrNotEnrolled
	}
	if d.tenant.Policy.Mandatory {
		return domain.ErrTwoFactorMandatory
	}
	return nil
}

func (s *Service) disableByStepUp(ctx context.Context, c domain.Caller, in DisableInput) error {
	d, err := s.deliberate(ctx, c, in.UserID)
	if err != nil {
		return err
	}
	proof, err := s.presentRemoval(ctx, d, domain.OpDisable, in.StepUp, in.Reason)
	if err != nil {
		return err
	}
	return s.commitDisable(ctx, d, proof, "", in.Reason)
}

// presentRemoval reads the step-up token that takes a user's last factor away.
// The user's own is refused under a mandate, before any proof is looked at; a
// service key that brings neither a proof nor a reason can mean no other.
func (s *Service) presentRemoval(ctx context.Context, d *deliberation, op domain.Operation, stepUp, reason string) (access.StepUp, error) {
	ownByKey := d.caller.Ticket == nil && stepUp == "" && reason == "" && d.user.Enabled()
	if d.caller.Owns(d.user.ID) || ownByKey {
		if err := mayDisableOwn(d); err != nil {
			return access.StepUp{}, err
		}
	}
	proof, err := s.access.StepUpFor(ctx, d.caller, op, d.user, stepUp, reason)
	if err == nil && proof.Actor.ID == d.user.ID {
		err = mayDisableOwn(d)
	}
	return proof, err
}

func (s *Service) commitDisable(ctx context.Context, d *deliberation, proof access.StepUp, factorID, reason string) error {
	if err := s.removeAll(ctx, d); err != nil {
		return err
	}
	proof.SpendIn(&d.change)
	event := s.access.Event(d.caller, proof, domain.ActionTwoFactorDisabled, d.user.ID)
	event.FactorID, event.Reason = factorID, reason
	d.change.Events = append(d.change.Events, event)
	return s.committer.Commit(ctx, d.change)
}

// removeAll is the effect of a disable.
func (s *Service) removeAll(ctx context.Context, d *deliberation) error {
	for _, f := range d.user.Factors { // the pending one too
		s.auditRemoved(d, f.ID, "two-step verification disabled")
	}
	d.user.SecondFactor = d.user.Cleared(identifier.New(""))
	d.change.Codes = &domain.RecoveryCodeSet{TenantID: d.user.TenantID, UserID: d.user.ID}
	d.change.Custody = ""
	return s.guardLastAdmin(ctx, d)
}

// auditRemoved leaves a row for a factor that ends with something else.
func (s *Service) auditRemoved(d *deliberation, factorID, why string) {
	d.addRemoved(s.by(d), factorID, why)
}

// addRemoved is auditRemoved by whoever the event says.
func (d *deliberation) addRemoved(by func(domain.Action) domain.Event, factorID, why string) {
	event := by(domain.ActionFactorRemoved).With("why", why)
	event.FactorID = factorID
	d.change.Events = append(d.change.Events, event)
}

// by begins audit rows of the caller about the user of d.
func (s *Service) by(d *deliberation) func(domain.Action) domain.Event {
	return func(action domain.Action) domain.Event {
		return s.trail.By(d.caller, action, domain.OutcomeSuccess, d.user.ID)
	}
}

// endGeneration ends the generation of the user of d, and says so of the
// unfinished enrollment that ends with it.
func (d *deliberation) endGeneration(by func(domain.Action) domain.Event, why string) {
	if ended := d.user.SecondFactor.EndGeneration(identifier.New("")); ended != "" {
		d.addRemoved(by, ended, why)
	}
}
