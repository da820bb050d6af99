package service

import (
	"cmp"
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
)

// RemoveFactor removes one factor; the last active one is a disable. The pending
// one of a user without a factor is an enrollment given up: it needs no
// step-up, and could get none.
func (s *Factors) RemoveFactor(ctx context.Context, c domain.Caller, in RemoveInput) error {
	if err := s.access.Authorize(ctx, c, domain.OpRemoveFactor, in.UserID); err != nil {
		return err
	}
	err := s.committer.Retry(ctx, func(ctx context.Context) error { return s.removeFactorOnce(ctx, c, in) })
	return s.trail.Refused(ctx, c, in.UserID, domain.OpRemoveFactor, err)
}

// RemoveInput asks to remove one factor.
type RemoveInput struct {
	UserID   string
	FactorID string
	StepUp   string
	Reason   string // of a manager; optional
}

func (s *Factors) removeFactorOnce(ctx context.Context, c domain.Caller, in RemoveInput) error {
	d, err := s.committer.Draft(ctx, c, in.UserID)
	if err != nil {
		return err
	}
	f := d.User.Factor(in.FactorID)
	if f == nil {
		return domain.ErrUnknownFactor
	}
	if f.State == domain.FactorPending && !d.User.Enabled() && (c.Owns(in.UserID) || c.Ticket == nil && c.MayOnBehalf(domain.OpRemoveFactor, true) == nil) {
		return s.abandon(ctx, d, f.ID)
	}
	reason := cmp.Or(in.Reason, "factor removed") // a DELETE has no body to state one in
	if f.State == domain.FactorActive && len(d.User.ActiveFactors()) == 1 {
		proof, err := s.removalStepUp(ctx, d, domain.OpRemoveFactor, in.StepUp, reason)
		if err != nil {
			return err
		}
		return s.commitDisable(ctx, d, proof, f.ID, in.Reason)
	}
	if c.Owns(in.UserID) {
		if err := mayRemoveOwn(d, f.ID); err != nil {
			return err
		}
	}
	proof, err := s.access.StepUpFor(ctx, c, domain.OpRemoveFactor, d.User, in.StepUp, reason)
	if err == nil && proof.Actor.ID == d.User.ID {
		err = mayRemoveOwn(d, f.ID)
	}
	if err != nil {
		return err
	}
	return s.commitRemoval(ctx, d, proof, in)
}

func (s *Factors) commitRemoval(ctx context.Context, d *commit.Draft, proof access.StepUp, in RemoveInput) error {
	if d.User.Factor(in.FactorID).State == domain.FactorActive {
		d.EndGeneration("another factor was removed")
	}
	d.User.Drop(in.FactorID)
	if err := s.committer.GuardLastAdmin(ctx, d); err != nil {
		return err
	}
	proof.SpendIn(&d.Change)
	event := s.access.Event(d.Caller, proof, domain.ActionFactorRemoved, in.UserID)
	event.FactorID, event.Reason = in.FactorID, in.Reason
	d.Audit(event)
	return s.committer.Commit(ctx, d.Change)
}

func (s *Factors) abandon(ctx context.Context, d *commit.Draft, factorID string) error {
	d.User.Drop(factorID)
	d.AuditRemoved(factorID, "enrollment abandoned")
	return s.committer.Commit(ctx, d.Change)
}
