package service

import (
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/kinds"
	"github.com/countersign/countersign/service/proof"
)

// Verifier lets users log in with a second factor. It is safe for concurrent use.
type Verifier struct {
	access    *access.Access
	committer *commit.Committer
	kinds     *kinds.Registry
	path      *proof.Path
}

// VerifyInput is one attempt to log in with a second factor.
type VerifyInput struct {
	UserID string
	Proof  proof.Input
	Token  proof.TokenRequest
	Repeat *proof.Idempotency
}

// Verify decides a code, a passkey, a recovery code or an access pass and returns a signed step-up token.
// Of n concurrent calls with the same proof, over any number of replicas,
// exactly one succeeds.
func (s *Verifier) Verify(ctx context.Context, c domain.Caller, in VerifyInput) (proof.Result, error) {
	if err := s.access.Authorize(ctx, c, domain.OpVerify, in.UserID); err != nil {
		return proof.Result{}, err
	}
	given, err := in.Proof.Parse()
	if err != nil {
		return proof.Result{}, err
	}
	result, err := s.path.Spend(ctx, proof.Attempt{
		Caller: c, UserID: in.UserID, Action: domain.ActionVerification,
		Proof: given, Token: in.Token, Repeat: in.Repeat,
		Permit: enrolled,
	})
	if err != nil {
		return proof.Result{}, err
	}
	return s.path.Sign(result)
}

// enrolled permits a proof of a user who has an active factor.
func enrolled(d *commit.Draft) error {
	if !d.User.Enabled() {
		return domain.ErrNotEnrolled
	}
	return nil
}
