package service

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
)

// Exemptions release users from enrolling under a mandate. It is safe for concurrent use.
type Exemptions struct {
	access    *access.Access
	trail     *audit.Trail
	committer *commit.Committer
}

// ExemptInput asks to release a user.
type ExemptInput struct {
	UserID string
	Until  time.Time // at most [domain.LongestExemption] ahead
	Reason string
	StepUp string // of somebody else, an admin or owner, by a factor
}

// Exempt releases a user from enrolling, until a time, in the place of any exemption
// there was. Who has a factor is still challenged.
func (s *Exemptions) Exempt(ctx context.Context, c domain.Caller, in ExemptInput) (domain.Exemption, error) {
	if err := s.access.Authorize(ctx, c, domain.OpExempt, in.UserID); err != nil {
		return domain.Exemption{}, err
	}
	var exemption domain.Exemption
	err := s.committer.Retry(ctx, func(ctx context.Context) error {
		d, proof, err := s.draft(ctx, c, domain.OpExempt, in.UserID, in.StepUp)
		if err != nil {
			return err
		}
		if err := in.check(d.Now); err != nil {
			return err
		}
		exemption = domain.Exemption{Until: in.Until.UTC(), Reason: in.Reason, GrantedBy: proof.Actor.ID, GrantedAt: d.Now}
		d.User.Exemption = exemption
		event := s.access.Event(c, proof, domain.ActionExemptionGranted, in.UserID).With("until", exemption.Until.Format(time.RFC3339))
		event.Reason = in.Reason
		return s.commit(ctx, d, proof, event)
	})
	if err != nil {
		return domain.Exemption{}, s.trail.Refused(ctx, c, in.UserID, domain.OpExempt, err)
	}
	return exemption, nil
}

func (in ExemptInput) check(now time.Time) error {
	if err := domain.CheckReason(in.Reason); err != nil {
		return err
	}
	if !in.Until.After(now) || in.Until.After(now.Add(domain.LongestExemption)) {
		return domain.ErrInvalidRequest.WithDetail("An exemption ends at a time to come, within a year.").WithField("/until")
	}
	return nil
}

// EndExemption ends an exemption before its time.
func (s *Exemptions) EndExemption(ctx context.Context, c domain.Caller, userID, stepUp string) error {
	if err := s.access.Authorize(ctx, c, domain.OpEndExemption, userID); err != nil {
		return err
	}
	err := s.committer.Retry(ctx, func(ctx context.Context) error {
		d, proof, err := s.draft(ctx, c, domain.OpEndExemption, userID, stepUp)
		if err != nil {
			return err
		}
		if !d.User.Exemption.Holds(d.Now) {
			return domain.ErrNotFound.WithDetail("The user is not exempted.")
		}
		d.User.Exemption = domain.Exemption{}
		return s.commit(ctx, d, proof, s.access.Event(c, proof, domain.ActionExemptionEnded, userID))
	})
	return s.trail.Refused(ctx, c, userID, domain.OpEndExemption, err)
}

// draft begins a decision about somebody's exemption, by the proof of another person
// who may exempt them.
func (s *Exemptions) draft(ctx context.Context, c domain.Caller, op domain.Operation, userID, stepUp string) (*commit.Draft, access.StepUp, error) {
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return nil, access.StepUp{}, err
	}
	proof, err := s.access.ManagerStepUp(ctx, c, op, d.User, stepUp, domain.CanExempt)
	if err == nil && d.User.AuthSource != domain.AuthLocal {
		err = domain.ErrAuthSourceNotSupported
	}
	return d, proof, err
}

func (s *Exemptions) commit(ctx context.Context, d *commit.Draft, proof access.StepUp, event domain.Event) error {
	proof.SpendIn(&d.Change)
	d.Audit(event)
	return s.committer.Commit(ctx, d.Change)
}
