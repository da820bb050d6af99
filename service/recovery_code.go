package service

import (
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
)

// RecoveryCodes has the codes that are a way back in. It is safe for concurrent use.
type RecoveryCodes struct {
	store     store.Store
	sealer    *seal.Sealer
	keys      *keys.Keyring
	access    *access.Access
	trail     *audit.Trail
	committer *commit.Committer
}

// CountRecoveryCodes tells how many codes there are and are left, never which.
func (s *RecoveryCodes) CountRecoveryCodes(ctx context.Context, c domain.Caller, userID string) (domain.RecoveryCodeCount, error) {
	if err := s.access.Authorize(ctx, c, domain.OpCountCodes, userID); err != nil {
		return domain.RecoveryCodeCount{}, err
	}
	user, err := s.access.Subject(ctx, c, userID)
	return user.RecoveryCodes, err
}

// RevealInput asks to see the unused recovery codes of a user.
type RevealInput struct {
	UserID string
	StepUp string // the user's own, or a manager's with Reason
	Reason string
}

// RevealRecoveryCodes shows the unused codes. The step-up token is spent and
// the audit row is on disk before a code leaves the process.
func (s *RecoveryCodes) RevealRecoveryCodes(ctx context.Context, c domain.Caller, in RevealInput) ([]string, error) {
	if err := s.access.Authorize(ctx, c, domain.OpRevealCodes, in.UserID); err != nil {
		return nil, err
	}
	var codes []string
	err := s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		codes, err = s.revealOnce(ctx, c, in)
		return err
	})
	if err != nil {
		return nil, s.trail.Refused(ctx, c, in.UserID, domain.OpRevealCodes, err)
	}
	return codes, nil
}

func (s *RecoveryCodes) revealOnce(ctx context.Context, c domain.Caller, in RevealInput) ([]string, error) {
	d, err := s.committer.Draft(ctx, c, in.UserID)
	if err != nil {
		return nil, err
	}
	proof, err := s.access.StepUpFor(ctx, c, domain.OpRevealCodes, d.User, in.StepUp, in.Reason)
	if err != nil {
		return nil, err
	}
	if proof.ByRecovery() {
		return nil, domain.ErrStepUpRequired.WithDetail("Recovery codes are shown only to who proved a code of an authenticator app or a passkey, not a recovery code.")
	}
	switch {
	case !d.User.Enabled():
		return nil, domain.ErrNotEnrolled
	case d.Tenant.Policy.Custody != domain.CustodyViewable:
		return nil, domain.ErrCustodyHashOnly
	}
	set, err := s.store.RecoveryCodes(ctx, d.User.TenantID, d.User.ID)
	if err != nil {
		return nil, err
	}
	codes, err := s.open(set, d.User)
	if err != nil {
		return nil, err
	}
	d.Change.Custody = domain.CustodyViewable
	proof.SpendIn(&d.Change)
	event := s.access.Event(c, proof, domain.ActionCodesRevealed, in.UserID)
	event.Reason = in.Reason
	d.Audit(event)
	return codes, s.committer.Commit(ctx, d.Change)
}

// RegenerateRecoveryCodes makes eight new codes the only ones, where the policy
// allows it without registering the device again, or the user never had any. It
// is for oneself alone.
func (s *RecoveryCodes) RegenerateRecoveryCodes(ctx context.Context, c domain.Caller, userID, stepUp string) ([]string, error) {
	if err := s.access.Authorize(ctx, c, domain.OpRegenerateCodes, userID); err != nil {
		return nil, err
	}
	var codes []string
	err := s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		codes, err = s.regenerateOnce(ctx, c, userID, stepUp)
		return err
	})
	if err != nil {
		return nil, s.trail.Refused(ctx, c, userID, domain.OpRegenerateCodes, err)
	}
	return codes, nil
}

func (s *RecoveryCodes) regenerateOnce(ctx context.Context, c domain.Caller, userID, stepUp string) ([]string, error) {
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return nil, err
	}
	proof, err := s.access.OwnStepUp(ctx, c, domain.OpRegenerateCodes, userID, stepUp)
	if err != nil {
		return nil, err
	}
	switch {
	case proof.ByRecovery():
		return nil, domain.ErrStepUpRequired.WithDetail("New recovery codes need a code of an authenticator app or a passkey, not a recovery code.")
	case !d.Tenant.Policy.Regeneration && d.User.RecoveryCodes.Total > 0:
		return nil, domain.ErrReenrollmentRequired
	}
	codes, err := s.generate(ctx, d)
	if err != nil {
		return nil, err
	}
	proof.SpendIn(&d.Change)
	d.Audit(s.access.Event(c, proof, domain.ActionCodesRegenerated, userID))
	return codes, s.committer.Commit(ctx, d.Change)
}
