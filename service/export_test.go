package service

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// AddKind registers a further kind of factor.
func (s *Service) AddKind(k factor.Kind) { s.kinds[k.Type()] = k }

// Options are what a claim of a kind of two phases has to answer.
func (s *Service) Options(ctx context.Context, c domain.Caller, userID string, kind domain.FactorType) (json.RawMessage, error) {
	d, err := s.deliberate(ctx, c, userID)
	if err != nil {
		return nil, err
	}
	phases, ok := s.kinds[kind].(factor.TwoPhase)
	if !ok {
		return nil, fmt.Errorf("%q has no two phases", kind)
	}
	var factors []domain.Factor
	for _, f := range d.user.ActiveFactors() {
		if f.Type == kind {
			factors = append(factors, f)
		}
	}
	return phases.Options(s.round(d.tenant, d.user, d.now), factors)
}

// Prove is Verify by any claim.
func (s *Service) Prove(ctx context.Context, c domain.Caller, userID string, claim factor.Claim) (Proven, error) {
	return s.spend(ctx, attempt{
		caller: c, userID: userID, action: domain.ActionVerification, proof: factorProof{claim: claim},
		permit: enrolled, effect: func(context.Context, *deliberation) error { return nil },
	})
}

// ConfirmBy is Confirm by any claim.
func (s *Service) ConfirmBy(ctx context.Context, c domain.Caller, userID, factorID string, claim factor.Claim) (Proven, error) {
	return s.spend(ctx, attempt{
		caller: c, userID: userID, action: domain.ActionEnrollmentConfirmed,
		proof:  factorProof{claim: claim, factorID: factorID, confirms: true},
		permit: func(d *deliberation) error { return confirmable(d, factorID) },
		effect: func(ctx context.Context, d *deliberation) error { return s.activate(ctx, d, factorID) },
	})
}
