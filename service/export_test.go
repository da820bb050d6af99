package service

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/proof"
)

// Options are what a claim of a kind of two phases has to answer.
func (s *Enrollments) Options(ctx context.Context, c domain.Caller, userID string, kind domain.FactorType) (factor.Options, error) {
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return factor.Options{}, err
	}
	phases, ok := s.kinds.Enroller(kind).(factor.TwoPhase)
	if !ok {
		return factor.Options{}, fmt.Errorf("%q has no two phases", kind)
	}
	return phases.Options(s.kinds.Round(d.Tenant, d.User, d.Now))
}

// Prove is Verify by any claim.
func (s *Enrollments) Prove(ctx context.Context, c domain.Caller, userID string, claim factor.Claim) (proof.Result, error) {
	return s.path.Spend(ctx, proof.Attempt{
		Caller: c, UserID: userID, Action: domain.ActionVerification, Proof: proof.OfFactor(claim, ""),
		Permit: enrolled,
	})
}

// ConfirmBy is Confirm by any claim.
func (s *Enrollments) ConfirmBy(ctx context.Context, c domain.Caller, userID, factorID string, claim factor.Claim) (proof.Result, error) {
	return s.path.Spend(ctx, proof.Attempt{
		Caller: c, UserID: userID, Action: domain.ActionEnrollmentConfirmed, Proof: proof.OfPending(claim, factorID),
		Permit: func(d *commit.Draft) error { return confirmable(d, factorID) },
		Effect: func(ctx context.Context, d *proof.Draft) error { return s.activate(ctx, d, factorID) },
	})
}
