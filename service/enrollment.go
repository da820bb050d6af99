package service

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/countersign/countersign/service/stepup"
	"github.com/countersign/countersign/service/totp"
)

// enrollmentLifetime is how long a pending factor waits for its codes.
const enrollmentLifetime = 10 * time.Minute

// EnrollInput begins an enrollment.
type EnrollInput struct {
	UserID   string
	Name     string // default: Authenticator
	Replaces string // active factor that dies when the new one is confirmed
	StepUp   string // Step-Up-Token; needed by a user who has a factor
}

// Enrollment is a pending factor with its secret, for the one who began it.
type Enrollment struct {
	Factor Factor
	Secret string // base32, to type by hand
	URI    string // otpauth, to scan
}

// BeginEnrollment makes a pending factor, or returns the one already pending.
// A user who has a factor needs a step-up token of their own: nobody binds a
// device to an enrolled account with the password alone.
func (s *Service) BeginEnrollment(ctx context.Context, c Caller, in EnrollInput) (Enrollment, error) {
	if err := s.authorize(ctx, c, OpEnroll, in.UserID); err != nil {
		return Enrollment{}, err
	}
	var begun Enrollment
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		begun, err = s.beginEnrollmentOnce(ctx, c, in)
		return err
	})
	return begun, err
}

func (s *Service) beginEnrollmentOnce(ctx context.Context, c Caller, in EnrollInput) (Enrollment, error) {
	d, err := s.deliberate(ctx, c, in.UserID)
	if err != nil {
		return Enrollment{}, err
	}
	if err := s.mayEnroll(ctx, d); err != nil {
		return Enrollment{}, err
	}
	var proof authority
	if d.user.Enabled() {
		if p := d.livePending(); p != nil && s.begunBy(ctx, d, *p, in) {
			return s.showEnrollment(d, *p)
		}
		if proof, err = s.presentOwn(ctx, c, in.UserID, in.StepUp); err != nil {
			return Enrollment{}, s.auditRefusal(ctx, c, in.UserID, OpEnroll, err)
		}
	} else if p := d.livePending(); p != nil {
		return s.showEnrollment(d, *p)
	}
	return s.storeEnrollment(ctx, d, in, proof)
}

// mayEnroll refuses those who have no second factor here, and a login ticket
// while its user is not being sent to enroll.
func (s *Service) mayEnroll(ctx context.Context, d *deliberation) error {
	switch {
	case !d.user.Active:
		return ErrUserInactive
	case d.user.AuthSource != AuthLocal:
		return ErrAuthSourceNotSupported
	case d.loginTicketOnly():
		return s.refuse(ctx, d.caller, d.user.ID, string(OpEnroll), ErrForbidden.saying("A login ticket enrolls only while the decision is enroll. Ask the host for an account ticket."))
	}
	return nil
}

func (d *deliberation) loginTicketOnly() bool {
	t := d.caller.Ticket
	return t != nil && t.Purpose == stepup.PurposeLogin &&
		decide(d.user, d.tenant.Policy, d.now).Decision != DecisionEnroll
}

// livePending returns the unfinished enrollment, unless it expired.
func (d *deliberation) livePending() *Factor {
	p := d.user.pending()
	if p == nil || p.expired(d.now) {
		return nil
	}
	return p
}

// expired reports whether a pending factor can be confirmed no longer. One that
// has far more time left than it was given was begun under a wrong clock, and
// would otherwise wait until that time comes.
func (f Factor) expired(now time.Time) bool {
	left := f.Pending.ExpiresAt.Sub(now)
	return left <= 0 || left > 2*enrollmentLifetime
}

// begunBy reports whether this is the call that began the enrollment, sent
// again: with the same step-up token, which is spent by now and good for
// nothing else.
func (s *Service) begunBy(ctx context.Context, d *deliberation, p Factor, in EnrollInput) bool {
	if in.StepUp == "" || p.Pending.StepUpID == "" || p.Pending.Replaces != in.Replaces {
		return false
	}
	claims, err := s.readToken(ctx, d.caller, in.StepUp, []string{OwnAudience})
	return err == nil && claims.Subject == d.user.ID &&
		subtle.ConstantTimeCompare([]byte(claims.ID), []byte(p.Pending.StepUpID)) == 1
}

func (s *Service) storeEnrollment(ctx context.Context, d *deliberation, in EnrollInput, proof authority) (Enrollment, error) {
	d.user.dropPending()
	if err := d.roomFor(in.Replaces); err != nil {
		return Enrollment{}, err
	}
	f, err := s.newFactor(d, in)
	if err != nil {
		return Enrollment{}, err
	}
	event := s.event(d.caller, ActionEnrollmentBegun, OutcomeSuccess, d.user.ID)
	if proof.actor.ID != "" {
		event = s.authorizedEvent(d.caller, proof, ActionEnrollmentBegun, d.user.ID)
		f.Pending.StepUpID, f.Pending.CredentialID = proof.claims.ID, d.caller.credentialID()
		proof.spend(&d.change)
	}
	event.FactorID = f.ID
	d.user.Factors = append(d.user.Factors, f)
	d.change.Events = append(d.change.Events, event)
	if err := s.commit(ctx, d.change); err != nil {
		return Enrollment{}, err
	}
	return s.showEnrollment(d, f)
}

// roomFor refuses a further factor over the limit, and the replacement of one
// that is not active.
func (d *deliberation) roomFor(replaces string) error {
	if replaces == "" {
		if len(d.user.activeFactors()) >= MaxFactors {
			return ErrFactorLimitReached
		}
		return nil
	}
	old := d.user.factor(replaces)
	if old == nil || old.State != FactorActive {
		return ErrNotFound
	}
	return nil
}

func (s *Service) newFactor(d *deliberation, in EnrollInput) (Factor, error) {
	f := Factor{
		ID: newID("fct_"), Name: in.Name, State: FactorPending, CreatedAt: d.now,
		Pending: PendingFactor{ExpiresAt: d.now.Add(enrollmentLifetime), Replaces: in.Replaces},
	}
	if f.Name == "" {
		f.Name = "Authenticator"
	}
	var err error
	f.Secret, err = s.sealer.Seal(totp.NewSecret(), secretBinding(d.user, f.ID))
	return f, err
}

func (s *Service) showEnrollment(d *deliberation, f Factor) (Enrollment, error) {
	secret, err := s.openSecret(d.user, f)
	if err != nil {
		return Enrollment{}, err
	}
	return Enrollment{
		Factor: f,
		Secret: totp.EncodeSecret(secret),
		URI:    totp.URI(d.tenant.ID, d.user.Username, secret),
	}, nil
}

// PendingEnrollment returns an unfinished enrollment again, for its QR code. Of
// a user who has a factor, only the credential that began it may see it.
func (s *Service) PendingEnrollment(ctx context.Context, c Caller, userID, factorID string) (Enrollment, error) {
	if err := s.authorize(ctx, c, OpEnroll, userID); err != nil {
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
	f := d.user.factor(factorID)
	if f.Pending.StepUpID != "" && f.Pending.CredentialID != c.credentialID() {
		return Enrollment{}, s.refuse(ctx, c, userID, string(OpEnroll), ErrForbidden.saying("Only the credential that began this enrollment may see it again."))
	}
	return s.showEnrollment(d, *f)
}
