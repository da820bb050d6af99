package service

import (
	"context"
)

// CountRecoveryCodes tells how many codes there are and are left, never which.
func (s *Service) CountRecoveryCodes(ctx context.Context, c Caller, userID string) (RecoveryCodeCount, error) {
	if err := s.authorize(ctx, c, OpCountCodes, userID); err != nil {
		return RecoveryCodeCount{}, err
	}
	user, err := s.subject(ctx, c, userID)
	return user.RecoveryCodes, err
}

// RevealInput asks to see the unused recovery codes of a user.
type RevealInput struct {
	UserID string
	StepUp string // the user's own, or an overseer's with Reason
	Reason string
}

// RevealRecoveryCodes shows the unused codes. The step-up token is spent and
// the audit row is on disk before a code leaves the process.
func (s *Service) RevealRecoveryCodes(ctx context.Context, c Caller, in RevealInput) ([]string, error) {
	if err := s.authorize(ctx, c, OpRevealCodes, in.UserID); err != nil {
		return nil, err
	}
	var codes []string
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		codes, err = s.revealOnce(ctx, c, in)
		return err
	})
	if err != nil {
		return nil, s.auditRefusal(ctx, c, in.UserID, OpRevealCodes, err)
	}
	return codes, nil
}

func (s *Service) revealOnce(ctx context.Context, c Caller, in RevealInput) ([]string, error) {
	d, err := s.deliberate(ctx, c, in.UserID)
	if err != nil {
		return nil, err
	}
	proof, err := s.presentFor(ctx, c, OpRevealCodes, d.user, in.StepUp, in.Reason)
	if err != nil {
		return nil, err
	}
	if !proof.byCode() {
		return nil, ErrStepUpRequired.saying("Recovery codes are shown only to who proved a code of an authenticator app, not a recovery code.")
	}
	switch {
	case !d.user.Enabled():
		return nil, ErrNotEnrolled
	case d.tenant.Policy.Custody != CustodyViewable:
		return nil, ErrCustodyHashOnly
	}
	set, err := s.store.RecoveryCodes(ctx, d.user.TenantID, d.user.ID)
	if err != nil {
		return nil, err
	}
	codes, err := s.openRecoveryCodes(set, d.user)
	if err != nil {
		return nil, err
	}
	d.change.Custody = CustodyViewable
	proof.spend(&d.change)
	event := s.authorizedEvent(c, proof, ActionCodesRevealed, in.UserID)
	event.Reason = in.Reason
	d.change.Events = append(d.change.Events, event)
	return codes, s.commit(ctx, d.change)
}

// RegenerateRecoveryCodes makes eight new codes the only ones, where the policy
// allows it without registering the device again, or the user never had any. It
// is for oneself alone.
func (s *Service) RegenerateRecoveryCodes(ctx context.Context, c Caller, userID, stepUp string) ([]string, error) {
	if err := s.authorize(ctx, c, OpRegenerateCodes, userID); err != nil {
		return nil, err
	}
	var codes []string
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		codes, err = s.regenerateOnce(ctx, c, userID, stepUp)
		return err
	})
	if err != nil {
		return nil, s.auditRefusal(ctx, c, userID, OpRegenerateCodes, err)
	}
	return codes, nil
}

func (s *Service) regenerateOnce(ctx context.Context, c Caller, userID, stepUp string) ([]string, error) {
	d, err := s.deliberate(ctx, c, userID)
	if err != nil {
		return nil, err
	}
	proof, err := s.presentOwn(ctx, c, OpRegenerateCodes, userID, stepUp)
	if err != nil {
		return nil, err
	}
	switch {
	case !proof.byCode():
		return nil, ErrStepUpRequired.saying("New recovery codes need a code of an authenticator app, not a recovery code.")
	case !d.tenant.Policy.Regeneration && d.user.RecoveryCodes.Total > 0:
		return nil, ErrReenrollmentRequired
	}
	codes, err := s.newRecoveryCodes(ctx, d)
	if err != nil {
		return nil, err
	}
	proof.spend(&d.change)
	d.change.Events = append(d.change.Events, s.authorizedEvent(c, proof, ActionCodesRegenerated, userID))
	return codes, s.commit(ctx, d.change)
}

// ListFactors returns a user's factors, without those whose enrollment expired.
func (s *Service) ListFactors(ctx context.Context, c Caller, userID string) ([]Factor, error) {
	if err := s.authorize(ctx, c, OpListFactors, userID); err != nil {
		return nil, err
	}
	d, err := s.deliberate(ctx, c, userID)
	if err != nil {
		return nil, err
	}
	if p := d.user.pending(); p != nil && d.livePending() == nil {
		d.user.drop(p.ID)
	}
	return d.user.Factors, nil
}
