package service

import (
	"context"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/totp"
)

// PairInput is an attempt to prove one factor by consecutive codes.
type PairInput struct {
	UserID   string
	FactorID string
	Codes    []string
	Token    proof.TokenRequest
	Repeat   *proof.Idempotency
}

// Resync learns the drift of a device's clock from two consecutive codes. Where
// the later one would be accepted alone it counts as a login; else whoever sent
// them may have harvested them up to ten minutes ago, and no token is earned.
func (s *Factors) Resync(ctx context.Context, c domain.Caller, in PairInput) (proof.Result, error) {
	if err := s.access.Authorize(ctx, c, domain.OpResync, in.UserID); err != nil {
		return proof.Result{}, err
	}
	codes, err := proof.ParseCodes(in.Codes)
	if err != nil {
		return proof.Result{}, err
	}
	if len(codes) != 2 {
		return proof.Result{}, domain.ErrInvalidRequest.WithDetail("Send two consecutive codes, the earlier first.")
	}
	claim := totp.PairClaim{Codes: codes}
	result, err := s.path.Spend(ctx, proof.Attempt{
		Caller: c, UserID: in.UserID, Action: domain.ActionResync,
		Proof:  proof.OfFactor(claim, in.FactorID),
		Token:  in.Token,
		Repeat: in.Repeat,
		Permit: func(d *commit.Draft) error { return resyncable(d, in.FactorID, claim) },
	})
	if err != nil {
		return proof.Result{}, err
	}
	if result.Unsigned {
		return result, nil
	}
	return s.path.Sign(result)
}

func resyncable(d *commit.Draft, factorID string, claim factor.Claim) error {
	f := d.User.Factor(factorID)
	switch {
	case f == nil:
		return domain.ErrUnknownFactor
	case f.Type != claim.Type():
		return domain.ErrUnknownFactor.WithDetail("This factor has no clock that could be off: only an authenticator app has.")
	case f.State != domain.FactorActive:
		return domain.ErrFactorNotActive
	}
	return nil
}
