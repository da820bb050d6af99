package service

import (
	"cmp"
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/kinds"
	"github.com/countersign/countersign/service/proof"
)

// Enrollments begins factors and confirms them. It is safe for concurrent use.
type Enrollments struct {
	authenticator *access.Authenticator
	access        *access.Access
	trail         *audit.Trail
	committer     *commit.Committer
	kinds         *kinds.Registry
	path          *proof.Path
	codes         *RecoveryCodes
}

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
func (s *Enrollments) BeginEnrollment(ctx context.Context, c domain.Caller, in EnrollInput) (Enrollment, error) {
	if err := s.access.Authorize(ctx, c, domain.OpEnroll, in.UserID); err != nil {
		return Enrollment{}, err
	}
	in.Type = cmp.Or(in.Type, domain.FactorTOTP)
	if s.kinds.Enroller(in.Type) == nil {
		return Enrollment{}, domain.ErrInvalidRequest.WithDetail("There is no such type of factor.")
	}
	var begun Enrollment
	err := s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		begun, err = s.beginEnrollmentOnce(ctx, c, in)
		return err
	})
	return begun, err
}

func (s *Enrollments) beginEnrollmentOnce(ctx context.Context, c domain.Caller, in EnrollInput) (Enrollment, error) {
	d, err := s.committer.Draft(ctx, c, in.UserID)
	if err != nil {
		return Enrollment{}, err
	}
	if err := s.mayEnroll(ctx, d, in.Replaces != ""); err != nil {
		return Enrollment{}, err
	}
	if err := accepted(d, in.Type, in.Replaces); err != nil {
		return Enrollment{}, err
	}
	if p := livePending(d); p != nil && resumes(d, *p, in) {
		return s.resumeEnrollment(ctx, d, p.ID, in.Name)
	}
	var proof access.StepUp
	if d.User.Enabled() {
		if proof, err = s.enrollmentStepUp(ctx, c, in); err != nil {
			return Enrollment{}, s.trail.Refused(ctx, c, in.UserID, domain.OpEnroll, err)
		}
	}
	return s.storeEnrollment(ctx, d, in, proof)
}

// enrollmentStepUp reads the step-up token of a user who has a factor. A recovery
// code or an access pass replaces a factor and never adds one: else one code would
// make a device that unlocks the other seven.
func (s *Enrollments) enrollmentStepUp(ctx context.Context, c domain.Caller, in EnrollInput) (access.StepUp, error) {
	proof, err := s.access.OwnStepUp(ctx, c, domain.OpEnroll, in.UserID, in.StepUp)
	if err == nil && proof.ByRecovery() && in.Replaces == "" {
		return access.StepUp{}, domain.ErrStepUpRequired.WithDetail("A recovery code or an access pass replaces a device and adds none. Name the lost one in replace_factor_id, or prove a code of an authenticator app or a passkey.")
	}
	return proof, err
}

// accepted refuses to whoever is sent to enroll what does not meet the mandate, and to
// whoever meets it the replacement of that by what does not.
func accepted(d *commit.Draft, kind domain.FactorType, replaces string) error {
	demand := domain.DemandOn(d.User, d.Tenant, d.Now)
	after := d.User.Clone()
	after.Drop(replaces)
	keeps := kind == domain.FactorPasskey || demand.Methods != domain.MethodsPhishingResistant || d.Tenant.Mandate().MetBy(after)
	if demand.Accepts(kind, d.Now) && (keeps || !demand.Met) {
		return nil
	}
	return domain.ErrFactorNotAccepted.WithDetail("The mandate demands a passkey of this user. Enroll one: begin a factor of the type passkey.")
}

// mayEnroll refuses those who have no second factor here, and a login ticket
// that does not enroll.
func (s *Enrollments) mayEnroll(ctx context.Context, d *commit.Draft, replaces bool) error {
	if err := d.User.TakesPart(); err != nil {
		return err
	}
	return s.trail.Refused(ctx, d.Caller, d.User.ID, domain.OpEnroll, ticketEnrolls(d, replaces))
}

// ticketEnrolls refuses a login ticket whose user is not being sent to enroll.
func ticketEnrolls(d *commit.Draft, replaces bool) error {
	if t := d.Caller.Ticket; t != nil && !t.Enrolls(d.User, d.Tenant, replaces, d.Now) {
		return domain.ErrForbidden.WithDetail("A login ticket enrolls only while the decision is enroll. Ask the host for an account ticket.")
	}
	return nil
}

// livePending returns the unfinished enrollment, unless it expired.
func livePending(d *commit.Draft) *domain.Factor {
	p := d.User.Pending()
	if p == nil || p.Expired(d.Now) {
		return nil
	}
	return p
}

// resumes reports whether the call asks again for what its caller began. What
// began without a step-up is not resumed for a user who has a factor by now.
func resumes(d *commit.Draft, p domain.Factor, in EnrollInput) bool {
	return p.Pending.BegunBy == d.Caller.Starter() && p.Type == in.Type && p.Pending.Replaces == in.Replaces &&
		(p.Pending.StepUpID != "") == d.User.Enabled()
}

// resumeEnrollment shows a pending factor again. A name that is given now is
// taken.
func (s *Enrollments) resumeEnrollment(ctx context.Context, d *commit.Draft, factorID, name string) (Enrollment, error) {
	f := d.User.Factor(factorID)
	if name != "" && name != f.Name {
		f.Name = name
		if err := s.committer.Commit(ctx, d.Change); err != nil {
			return Enrollment{}, err
		}
	}
	return s.showAgain(ctx, d, *f)
}

// showAgain shows a pending factor once that is in the trail: the first time in a
// minute, for each credential and factor, and how often it was after that.
func (s *Enrollments) showAgain(ctx context.Context, d *commit.Draft, f domain.Factor) (Enrollment, error) {
	event := d.Event(domain.ActionEnrollmentShown)
	event.FactorID = f.ID
	kind := audit.Repeatable{TenantID: event.TenantID, ActorID: event.Actor.ID, Action: event.Action, What: f.ID, Each: true}
	if err := s.trail.Record(ctx, kind, event); err != nil {
		return Enrollment{}, err
	}
	shown, err := s.kinds.Enroller(f.Type).Show(s.kinds.Round(d.Tenant, d.User, d.Now), f)
	if err != nil {
		return Enrollment{}, err
	}
	return Enrollment{Factor: f, Shown: shown}, nil
}

func (s *Enrollments) storeEnrollment(ctx context.Context, d *commit.Draft, in EnrollInput, proof access.StepUp) (Enrollment, error) {
	if p := d.User.Pending(); p != nil {
		d.AuditRemoved(p.ID, "another enrollment was begun")
		d.User.Drop(p.ID)
	}
	if err := checkFactorLimit(d, in.Replaces); err != nil {
		return Enrollment{}, err
	}
	f, shown, err := s.newFactor(d, in)
	if err != nil {
		return Enrollment{}, err
	}
	event := d.Event(domain.ActionEnrollmentBegun)
	if proof.Actor.ID != "" {
		event = s.access.Event(d.Caller, proof, domain.ActionEnrollmentBegun, d.User.ID)
		f.Pending.StepUpID = proof.Claims.ID
		proof.SpendIn(&d.Change)
	}
	event.FactorID = f.ID
	d.User.Factors = append(d.User.Factors, f)
	d.Audit(event)
	if err := s.committer.Commit(ctx, d.Change); err != nil {
		return Enrollment{}, err
	}
	return Enrollment{Factor: f, Shown: shown}, nil
}

// checkFactorLimit refuses a further factor over the limit, and the replacement of one
// that is not active.
func checkFactorLimit(d *commit.Draft, replaces string) error {
	if replaces == "" {
		if len(d.User.ActiveFactors()) >= domain.MaxFactors {
			return domain.ErrFactorLimitReached
		}
		return nil
	}
	old := d.User.Factor(replaces)
	if old == nil || old.State != domain.FactorActive {
		return domain.ErrUnknownFactor
	}
	return nil
}

func (s *Enrollments) newFactor(d *commit.Draft, in EnrollInput) (domain.Factor, factor.Shown, error) {
	f := domain.Factor{
		ID: identifier.New("fct_"), Type: in.Type, Name: cmp.Or(in.Name, d.User.FreeName(in.Type)), State: domain.FactorPending, CreatedAt: d.Now,
		Pending: domain.PendingFactor{
			ExpiresAt: d.Now.Add(domain.EnrollmentLifetime), Replaces: in.Replaces, BegunBy: d.Caller.Starter(),
		},
	}
	shown, err := s.kinds.Enroller(f.Type).Begin(s.kinds.Round(d.Tenant, d.User, d.Now), &f)
	return f, shown, err
}

// replaces reports whether a pending factor is to replace another.
func replaces(d *commit.Draft, factorID string) bool {
	f := d.User.Factor(factorID)
	return f != nil && f.Pending.Replaces != ""
}

// PendingEnrollment shows an unfinished enrollment again, for its QR code, to
// whoever began it and to nobody else: who saw the secret has the factor. It is
// in the trail before it is shown.
func (s *Enrollments) PendingEnrollment(ctx context.Context, c domain.Caller, userID, factorID string) (Enrollment, error) {
	if err := s.access.Authorize(ctx, c, domain.OpEnroll, userID); err != nil {
		return Enrollment{}, err
	}
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return Enrollment{}, err
	}
	if err := s.mayEnroll(ctx, d, replaces(d, factorID)); err != nil {
		return Enrollment{}, err
	}
	if err := confirmable(d, factorID); err != nil {
		return Enrollment{}, err
	}
	f := d.User.Factor(factorID)
	if s.kinds.Enroller(f.Type) == nil {
		return Enrollment{}, domain.ErrUnknownFactor
	}
	if f.Pending.BegunBy != c.Starter() {
		return Enrollment{}, s.trail.Refuse(ctx, c, userID, domain.OpEnroll, domain.ErrForbidden.WithDetail("Only who began this enrollment may see its secret. Begin another one."))
	}
	return s.showAgain(ctx, d, *f)
}
