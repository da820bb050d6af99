package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/passkey"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/totp"
)

// ConfirmInput is an attempt to confirm a pending factor, by what its type asks for:
// codes, or the credential that a browser made.
type ConfirmInput struct {
	UserID   string
	FactorID string
	Codes    []string
	Passkey  json.RawMessage // RegistrationResponseJSON
	Token    proof.TokenRequest
	Repeat   *proof.Idempotency
}

// claim refuses what no factor is confirmed by.
func (in ConfirmInput) claim() (factor.Claim, error) {
	switch {
	case (in.Passkey != nil) == (len(in.Codes) > 0):
		return nil, domain.ErrInvalidRequest.WithDetail("Send exactly one of codes and passkey, by the type of the factor.")
	case in.Passkey != nil:
		return passkey.NewRegistrationClaim(in.Passkey), nil
	}
	codes, err := proof.ParseCodes(in.Codes)
	if err != nil {
		return nil, err
	}
	if digits := totp.Standard().Digits; codes[0].Len() != digits {
		return nil, domain.ErrInvalidRequest.WithDetail(fmt.Sprintf("A new factor is confirmed by codes of %d digits.", digits))
	}
	if len(codes) > 2 {
		return nil, domain.ErrInvalidRequest.WithDetail("Send the codes the policy asks for: two consecutive ones, the earlier first, or one.")
	}
	return totp.PairClaim{Codes: codes, Confirms: true}, nil
}

// Confirm makes a pending factor active. An app is proven by codes of two consecutive
// steps (one, where the policy says so), which are spent: the codes that confirm
// cannot log in. The first factor, and a replacement, come with eight new recovery codes;
// a replaced factor and its codes die in the same transaction.
func (s *Enrollments) Confirm(ctx context.Context, c domain.Caller, in ConfirmInput) (proof.Result, error) {
	if err := s.access.Authorize(ctx, c, domain.OpEnroll, in.UserID); err != nil {
		return proof.Result{}, err
	}
	claim, err := in.claim()
	if err != nil {
		return proof.Result{}, err
	}
	result, err := s.path.Spend(ctx, proof.Attempt{
		Caller: c, UserID: in.UserID, Action: domain.ActionEnrollmentConfirmed,
		Proof:  proof.OfPending(claim, in.FactorID),
		Token:  in.Token,
		Repeat: in.Repeat,
		Permit: func(d *commit.Draft) error {
			if err := mayConfirm(d, in.FactorID, claim); err != nil {
				return err
			}
			return s.starterStillValid(ctx, d, in.FactorID)
		},
		Effect: func(ctx context.Context, d *proof.Draft) error { return s.activate(ctx, d, in.FactorID) },
	})
	if err != nil {
		return proof.Result{}, s.trail.Refused(ctx, c, in.UserID, domain.OpEnroll, err)
	}
	return s.path.Sign(result)
}

func mayConfirm(d *commit.Draft, factorID string, claim factor.Claim) error {
	if err := ticketEnrolls(d, replaces(d, factorID)); err != nil {
		return err
	}
	if err := confirmable(d, factorID); err != nil {
		return err
	}
	if d.User.Factor(factorID).Type != claim.Type() {
		return domain.ErrInvalidRequest.WithDetail("A factor of this type is confirmed by something else: an app by codes, a passkey by passkey.")
	}
	if err := accepted(d, claim.Type(), d.User.Factor(factorID).Pending.Replaces); err != nil {
		return err
	}
	if err := asManyCodes(claim, d.Tenant.Policy.EnrollmentCodes); err != nil {
		return err
	}
	// Defense in depth: what began without a step-up never becomes a further
	// device of an enrolled account.
	if d.User.Enabled() && d.User.Factor(factorID).Pending.StepUpID == "" {
		return domain.ErrStepUpRequired
	}
	return nil
}

// asManyCodes refuses more or fewer codes than the policy asks for.
func asManyCodes(claim factor.Claim, want int) error {
	codes, ok := claim.(totp.PairClaim)
	switch {
	case !ok || len(codes.Codes) == want:
		return nil
	case want == 1:
		return domain.ErrInvalidRequest.WithDetail("This tenant confirms with one code.")
	}
	return domain.ErrInvalidRequest.WithDetail("Send two consecutive codes, the earlier first.")
}

// starterStillValid refuses an enrollment whose secret was shown to a service key that
// has ended since: whoever stole that key may hold the secret too.
func (s *Enrollments) starterStillValid(ctx context.Context, d *commit.Draft, factorID string) error {
	keyID, _, _ := strings.Cut(d.User.Factor(factorID).Pending.BegunBy, "/")
	err := s.authenticator.StillValid(ctx, d.Tenant.ID, keyID)
	if errors.Is(err, domain.ErrCredentialInvalid) {
		return domain.ErrEnrollmentExpired.WithDetail("The service key with which the enrollment was begun has ended. Begin a new one.")
	}
	return err
}

// confirmable refuses a factor that is not an unexpired pending one.
func confirmable(d *commit.Draft, factorID string) error {
	f := d.User.Factor(factorID)
	switch {
	case f == nil:
		return domain.ErrUnknownFactor
	case f.State != domain.FactorPending:
		return domain.ErrFactorNotPending
	case f.Expired(d.Now):
		return domain.ErrEnrollmentExpired
	}
	return nil
}

// activate is the effect of a confirm.
func (s *Enrollments) activate(ctx context.Context, d *proof.Draft, factorID string) error {
	first := !d.User.Enabled()
	f := d.User.Factor(factorID)
	replaced := d.User.Factor(f.Pending.Replaces)
	f.State, f.ConfirmedAt, f.Pending = domain.FactorActive, d.Now, domain.PendingFactor{}
	if replaced != nil {
		d.AuditRemoved(replaced.ID, "replaced by "+factorID)
		d.User.Drop(replaced.ID)
	}
	d.EndGeneration("another factor was confirmed")
	d.User.EverEnrolled, d.User.MustEnroll = true, false
	if d.Caller.Ticket == nil && d.User.Role.Rank() > domain.RoleMember.Rank() {
		d.Action = domain.ActionEnrollmentByKey
	}
	d.Result.RecoveryCodes = []string{}
	if !first && replaced == nil {
		return nil
	}
	if first {
		d.User.EnabledAt = d.Now
	}
	codes, err := s.codes.generate(ctx, d.Draft)
	d.Result.RecoveryCodes = codes
	if err != nil {
		return err
	}
	return s.committer.GuardLastAdmin(ctx, d.Draft)
}
