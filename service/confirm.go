package service

import (
	"context"
	"errors"
	"strings"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/totp"
)

// Confirm makes a pending factor active by codes of two consecutive steps (one,
// where the policy says so), and spends them: the codes that confirm cannot log
// in. The first factor, and a replacement, come with eight new recovery codes;
// a replaced factor and its codes die in the same transaction.
func (s *Service) Confirm(ctx context.Context, c domain.Caller, in PairInput) (Proven, error) {
	if err := s.access.Authorize(ctx, c, domain.OpEnroll, in.UserID); err != nil {
		return Proven{}, err
	}
	codes, err := parseCodes(in.Codes)
	if err != nil {
		return Proven{}, err
	}
	if len(codes) != 1 && len(codes) != 2 {
		return Proven{}, domain.ErrInvalidRequest.WithDetail("Send the codes the policy asks for: two consecutive ones, the earlier first, or one.")
	}
	claim := totp.PairClaim{Codes: codes, Confirms: true}
	result, err := s.spend(ctx, attempt{
		caller: c, userID: in.UserID, action: domain.ActionEnrollmentConfirmed,
		proof:  factorProof{claim: claim, factorID: in.FactorID, confirms: true},
		token:  in.Token,
		repeat: in.Repeat,
		permit: func(d *deliberation) error {
			if err := mayConfirm(d, in.FactorID, claim); err != nil {
				return err
			}
			return s.starterHolds(ctx, d, in.FactorID)
		},
		effect: func(ctx context.Context, d *deliberation) error { return s.activate(ctx, d, in.FactorID) },
	})
	if err != nil {
		return Proven{}, s.trail.Refused(ctx, c, in.UserID, domain.OpEnroll, err)
	}
	return s.signed(result)
}

func mayConfirm(d *deliberation, factorID string, claim totp.PairClaim) error {
	if d.loginTicketOnly() {
		return domain.ErrForbidden.WithDetail("A login ticket enrolls only while the decision is enroll. Ask the host for an account ticket.")
	}
	if err := confirmable(d, factorID); err != nil {
		return err
	}
	if d.user.Factor(factorID).Type != claim.Type() {
		return domain.ErrInvalidRequest.WithDetail("Codes do not confirm a factor of this type.")
	}
	if want := d.tenant.Policy.EnrollmentCodes; len(claim.Codes) != want {
		if want == 1 {
			return domain.ErrInvalidRequest.WithDetail("This tenant confirms with one code.")
		}
		return domain.ErrInvalidRequest.WithDetail("Send two consecutive codes, the earlier first.")
	}
	// Belt and braces: what began without a step-up never becomes a further
	// device of an enrolled account.
	if d.user.Enabled() && d.user.Factor(factorID).Pending.StepUpID == "" {
		return domain.ErrStepUpRequired
	}
	return nil
}

// starterHolds refuses an enrollment whose secret was shown to a service key that
// has ended since: whoever stole that key may hold the secret too.
func (s *Service) starterHolds(ctx context.Context, d *deliberation, factorID string) error {
	keyID, _, _ := strings.Cut(d.user.Factor(factorID).Pending.BegunBy, "/")
	err := s.StillValid(ctx, d.tenant.ID, keyID)
	if errors.Is(err, domain.ErrCredentialInvalid) {
		return domain.ErrEnrollmentExpired.WithDetail("The service key with which the enrollment was begun has ended. Begin a new one.")
	}
	return err
}

// confirmable refuses a factor that is not an unexpired pending one.
func confirmable(d *deliberation, factorID string) error {
	f := d.user.Factor(factorID)
	switch {
	case f == nil:
		return domain.ErrUnknownFactor
	case f.State != domain.FactorPending:
		return domain.ErrFactorNotPending
	case f.Expired(d.now):
		return domain.ErrEnrollmentExpired
	}
	return nil
}

// activate is the effect of a confirm.
func (s *Service) activate(ctx context.Context, d *deliberation, factorID string) error {
	first := !d.user.Enabled()
	f := d.user.Factor(factorID)
	replaced := d.user.Factor(f.Pending.Replaces)
	f.State, f.ConfirmedAt, f.Pending = domain.FactorActive, d.now, domain.PendingFactor{}
	if replaced != nil {
		s.auditRemoved(d, replaced.ID, "replaced by "+factorID)
		d.user.Drop(replaced.ID)
	}
	d.endGeneration(s.by(d), "another factor was confirmed")
	d.user.EverEnrolled, d.user.MustEnroll = true, false
	if d.caller.Ticket == nil && d.user.Role.Rank() > domain.RoleMember.Rank() {
		d.action = domain.ActionEnrollmentByKey
	}
	d.result.RecoveryCodes = []string{}
	if !first && replaced == nil {
		return nil
	}
	if first {
		d.user.EnabledAt = d.now
	}
	codes, err := s.newRecoveryCodes(ctx, d)
	d.result.RecoveryCodes = codes
	return err
}
