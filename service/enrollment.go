package service

import (
	"cmp"
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/identifier"
)

// EnrollInput begins an enrollment.
type EnrollInput struct {
	UserID   string
	Type     domain.FactorType // default: an authenticator app
	Name     string            // default: Authenticator
	Replaces string            // active factor that dies when the new one is confirmed
	StepUp   string            // Step-Up-Token; needed by a user who has a factor
}

// Enrollment is a pending factor with its secret, for the one who began it.
type Enrollment struct {
	Factor domain.Factor
	factor.Shown
}

// BeginEnrollment makes a pending factor, or shows the one already pending to
// whoever began it; to anybody else that one is lost, and a new secret made. A
// user who has a factor needs a step-up token of their own: nobody binds a device
// to an enrolled account with the password alone.
func (s *Service) BeginEnrollment(ctx context.Context, c domain.Caller, in EnrollInput) (Enrollment, error) {
	if err := s.access.Authorize(ctx, c, domain.OpEnroll, in.UserID); err != nil {
		return Enrollment{}, err
	}
	in.Type = cmp.Or(in.Type, domain.FactorTOTP)
	if s.kinds[in.Type] == nil {
		return Enrollment{}, domain.ErrInvalidRequest.WithDetail("There is no such type of factor.")
	}
	var begun Enrollment
	err := s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		begun, err = s.beginEnrollmentOnce(ctx, c, in)
		return err
	})
	return begun, err
}

func (s *Service) beginEnrollmentOnce(ctx context.Context, c domain.Caller, in EnrollInput) (Enrollment, error) {
	d, err := s.deliberate(ctx, c, in.UserID)
	if err != nil {
		return Enrollment{}, err
	}
	if err := s.mayEnroll(ctx, d); err != nil {
		return Enrollment{}, err
	}
	if p := d.livePending(); p != nil && d.resumes(*p, in) {
		return s.resumeEnrollment(ctx, d, p.ID, in.Name)
	}
	var proof access.StepUp
	if d.user.Enabled() {
		if proof, err = s.presentEnrollment(ctx, c, in); err != nil {
			return Enrollment{}, s.trail.Refused(ctx, c, in.UserID, domain.OpEnroll, err)
		}
	}
	return s.storeEnrollment(ctx, d, in, proof)
}

// presentEnrollment reads the step-up token of a user who has a factor. A
// recovery code replaces a factor and never adds one: else one code would make a
// device that unlocks the other seven.
func (s *Service) presentEnrollment(ctx context.Context, c domain.Caller, in EnrollInput) (access.StepUp, error) {
	proof, err := s.access.OwnStepUp(ctx, c, domain.OpEnroll, in.UserID, in.StepUp)
	if err == nil && proof.ByRecovery() && in.Replaces == "" {
		return access.StepUp{}, domain.ErrStepUpRequired.WithDetail("A recovery code replaces a device and adds none. Name the lost one in replace_factor_id, or prove a code of an authenticator app.")
	}
	return proof, err
}

// mayEnroll refuses those who have no second factor here, and a login ticket
// while its user is not being sent to enroll.
func (s *Service) mayEnroll(ctx context.Context, d *deliberation) error {
	switch {
	case !d.user.Active:
		return domain.ErrUserInactive
	case d.user.AuthSource != domain.AuthLocal:
		return domain.ErrAuthSourceNotSupported
	case d.loginTicketOnly():
		return s.trail.Refuse(ctx, d.caller, d.user.ID, domain.OpEnroll, domain.ErrForbidden.WithDetail("A login ticket enrolls only while the decision is enroll. Ask the host for an account ticket."))
	}
	return nil
}

func (d *deliberation) loginTicketOnly() bool {
	t := d.caller.Ticket
	return t != nil && t.Purpose == domain.PurposeLogin &&
		domain.Decide(d.user, d.tenant.Policy, d.now).Decision != domain.DecisionEnroll
}

// livePending returns the unfinished enrollment, unless it expired.
func (d *deliberation) livePending() *domain.Factor {
	p := d.user.Pending()
	if p == nil || p.Expired(d.now) {
		return nil
	}
	return p
}

// resumes reports whether the call asks again for what its caller began. What
// began without a step-up is not resumed for a user who has a factor by now.
func (d *deliberation) resumes(p domain.Factor, in EnrollInput) bool {
	return p.Pending.BegunBy == d.caller.Starter() && p.Type == in.Type && p.Pending.Replaces == in.Replaces &&
		(p.Pending.StepUpID != "") == d.user.Enabled()
}

// resumeEnrollment shows a pending factor again. A name that is given now is
// taken.
func (s *Service) resumeEnrollment(ctx context.Context, d *deliberation, factorID, name string) (Enrollment, error) {
	f := d.user.Factor(factorID)
	if name != "" && name != f.Name {
		f.Name = name
		if err := s.committer.Commit(ctx, d.change); err != nil {
			return Enrollment{}, err
		}
	}
	return s.showAgain(ctx, d, *f)
}

// showAgain shows a pending factor once that is in the trail: the first time in a
// minute, for each credential and factor, and how often it was after that.
func (s *Service) showAgain(ctx context.Context, d *deliberation, f domain.Factor) (Enrollment, error) {
	event := s.trail.By(d.caller, domain.ActionEnrollmentShown, domain.OutcomeSuccess, d.user.ID)
	event.FactorID = f.ID
	kind := audit.Kind{TenantID: event.TenantID, ActorID: event.Actor.ID, Action: event.Action, What: f.ID, Each: true}
	if err := s.trail.Record(ctx, kind, event); err != nil {
		return Enrollment{}, err
	}
	shown, err := s.kinds[f.Type].Show(s.round(d.tenant, d.user, d.now), f)
	if err != nil {
		return Enrollment{}, err
	}
	return Enrollment{Factor: f, Shown: shown}, nil
}

func (s *Service) storeEnrollment(ctx context.Context, d *deliberation, in EnrollInput, proof access.StepUp) (Enrollment, error) {
	if p := d.user.Pending(); p != nil {
		s.auditRemoved(d, p.ID, "another enrollment was begun")
		d.user.Drop(p.ID)
	}
	if err := d.roomFor(in.Replaces); err != nil {
		return Enrollment{}, err
	}
	f, shown, err := s.newFactor(d, in)
	if err != nil {
		return Enrollment{}, err
	}
	event := s.trail.By(d.caller, domain.ActionEnrollmentBegun, domain.OutcomeSuccess, d.user.ID)
	if proof.Actor.ID != "" {
		event = s.access.Event(d.caller, proof, domain.ActionEnrollmentBegun, d.user.ID)
		f.Pending.StepUpID = proof.Claims.ID
		proof.SpendIn(&d.change)
	}
	event.FactorID = f.ID
	d.user.Factors = append(d.user.Factors, f)
	d.change.Events = append(d.change.Events, event)
	if err := s.committer.Commit(ctx, d.change); err != nil {
		return Enrollment{}, err
	}
	return Enrollment{Factor: f, Shown: shown}, nil
}

// roomFor refuses a further factor over the limit, and the replacement of one
// that is not active.
func (d *deliberation) roomFor(replaces string) error {
	if replaces == "" {
		if len(d.user.ActiveFactors()) >= domain.MaxFactors {
			return domain.ErrFactorLimitReached
		}
		return nil
	}
	old := d.user.Factor(replaces)
	if old == nil || old.State != domain.FactorActive {
		return domain.ErrUnknownFactor
	}
	return nil
}

func (s *Service) newFactor(d *deliberation, in EnrollInput) (domain.Factor, factor.Shown, error) {
	f := domain.Factor{
		ID: identifier.New("fct_"), Type: in.Type, Name: cmp.Or(in.Name, d.user.FreeName()), State: domain.FactorPending, CreatedAt: d.now,
		Pending: domain.PendingFactor{
			ExpiresAt: d.now.Add(domain.EnrollmentLifetime), Replaces: in.Replaces, BegunBy: d.caller.Starter(),
		},
	}
	shown, err := s.kinds[f.Type].Begin(s.round(d.tenant, d.user, d.now), &f)
	return f, shown, err
}

// PendingEnrollment shows an unfinished enrollment again, for its QR code, to
// whoever began it and to nobody else: who saw the secret has the factor. It is
// in the trail before it is shown.
func (s *Service) PendingEnrollment(ctx context.Context, c domain.Caller, userID, factorID string) (Enrollment, error) {
	if err := s.access.Authorize(ctx, c, domain.OpEnroll, userID); err != nil {
		return Enrollment{}, err
	}
	d, err := s.deliberate(ctx, c, userID)
	if err != nil {
		return Enrollment{}, err
	}
	if err := s.mayEnroll(ctx, d); err != nil {
		return Enrollment{}, err
	}
	if err := confirmable(d, factorID); err != nil {
		return Enrollment{}, err
	}
	f := d.user.Factor(factorID)
	if s.kinds[f.Type] == nil {
		return Enrollment{}, domain.ErrUnknownFactor
	}
	if f.Pending.BegunBy != c.Starter() {
		return Enrollment{}, s.trail.Refuse(ctx, c, userID, domain.OpEnroll, domain.ErrForbidden.WithDetail("Only who began this enrollment may see its secret. Begin another one."))
	}
	return s.showAgain(ctx, d, *f)
}
