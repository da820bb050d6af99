package service

import (
	"context"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
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
	if err := s.access.Authorize(ctx, c, domain.OpResync, in.UserID); err != nil {
		return Proven{}, err
	}
	codes, err := parseCodes(in.Codes)
	if err != nil {
		return Proven{}, err
	}
	if len(codes) != 2 {
		return Proven{}, domain.ErrInvalidRequest.WithDetail("Send two consecutive codes, the earlier first.")
	}
	claim := totp.PairClaim{Codes: codes}
	result, err := s.spend(ctx, attempt{
		caller: c, userID: in.UserID, action: domain.ActionResync,
		proof:  factorProof{claim: claim, factorID: in.FactorID},
		token:  in.Token,
		repeat: in.Repeat,
		permit: func(d *deliberation) error { return resyncable(d, in.FactorID, claim) },
		effect: func(context.Context, *deliberation) error { return nil },
	})
	if err != nil {
		return Proven{}, err
	}
	if result.Unsigned {
		return result, nil
	}
	return s.signed(result)
}

func resyncable(d *deliberation, factorID string, claim factor.Claim) error {
	f := d.user.Factor(factorID)
	switch {
	case f == nil, f.Type != claim.Type():
		return domain.ErrUnknownFactor
	case f.State != domain.FactorActive:
		return domain.ErrFactorNotActive
	}
	return nil
}
