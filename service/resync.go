package service

import (
	"context"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/totp"
)

// PairInput is an attempt to prove one factor by consecutive codes.
type PairInput struct {
	UserID   string
	FactorID string
	Codes    []string
	Token    TokenRequest
	Repeat   *Idempotency
}

// Resync learns the drift of a device's clock from two consecutive codes. Where
// the later one would be accepted alone it counts as a login; else whoever sent
// them may have harvested them up to ten minutes ago, and no token is earned.
func (s *Service) Resync(ctx context.Context, c domain.Caller, in PairInput) (Proven, error) {
	if err := s.authorize(ctx, c, domain.OpResync, in.UserID); err != nil {
		return Proven{}, err
	}
	codes, err := parseCodes(in.Codes)
	if err != nil {
		return Proven{}, err
	}
	if len(codes) != 2 {
		return Proven{}, domain.ErrInvalidRequest.WithDetail("Send two consecutive codes, the earlier first.")
	}
	result, err := s.spend(ctx, attempt{
		caller: c, userID: in.UserID, action: domain.ActionResync,
		proof:  pairProof{factorID: in.FactorID, codes: codes},
		token:  in.Token,
		repeat: in.Repeat,
		permit: func(d *deliberation) error { return resyncable(d, in.FactorID) },
		effect: func(_ context.Context, d *deliberation) error { d.reportClock(in.FactorID); return nil },
	})
	if err != nil {
		return Proven{}, err
	}
	if result.Unsigned {
		return result, nil
	}
	return s.signed(result)
}

func resyncable(d *deliberation, factorID string) error {
	f := d.user.Factor(factorID)
	switch {
	case f == nil:
		return domain.ErrUnknownFactor
	case f.State != domain.FactorActive:
		return domain.ErrFactorNotActive
	}
	return nil
}

// reportClock tells the drift, and when the next code will count: the codes of
// a device are spent up to its last step.
func (d *deliberation) reportClock(factorID string) {
	f := d.user.Factor(factorID)
	d.result.DriftSteps = f.TOTP.Drift
	d.result.NextCodeAt = totp.Step(f.TOTP.LastStep + 1 - int64(f.TOTP.Drift)).Start()
}
