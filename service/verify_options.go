package service

import (
	"context"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/proof"
)

// OptionsInput asks for what a browser proves a passkey from.
type OptionsInput struct {
	UserID string
	// Token is what the proof will be for; who gives the proof has to ask the same.
	Token  proof.TokenRequest
	Origin string // of the page that asks; empty: a host
}

// VerifyOptions begins a verification by passkey. It writes nothing. The user is read
// anew, so that what was spent last is known.
func (s *Verifier) VerifyOptions(ctx context.Context, c domain.Caller, in OptionsInput) (factor.Options, error) {
	if err := s.access.Authorize(ctx, c, domain.OpVerifyOptions, in.UserID); err != nil {
		return factor.Options{}, err
	}
	d, err := s.committer.Draft(ctx, c, in.UserID)
	if err != nil {
		return factor.Options{}, err
	}
	if err := d.User.TakesPart(); err != nil {
		return factor.Options{}, err
	}
	purpose, err := in.Token.Purpose(c, d.Tenant)
	if err != nil {
		return factor.Options{}, err
	}
	phases, ok := s.kinds.Enroller(domain.FactorPasskey).(factor.TwoPhase)
	if !ok {
		return factor.Options{}, domain.ErrPasskeysNotConfigured
	}
	round := s.kinds.Round(d.Tenant, d.User, d.Now)
	round.Purpose, round.Origin = purpose, in.Origin
	return phases.Options(round)
}
