package service

import (
	"context"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/totp"
)

// ProofInput is what a caller sends to prove a second factor: exactly one of
// Code and RecoveryCode.
type ProofInput struct {
	Code         string
	RecoveryCode string
}

// given reports whether a proof was sent at all.
func (in ProofInput) given() bool { return in.Code != "" || in.RecoveryCode != "" }

// parse refuses anything but one well-formed proof, before any state is touched.
func (in ProofInput) parse() (proof, error) {
	switch {
	case in.Code != "" && in.RecoveryCode != "", !in.given():
		return nil, domain.ErrInvalidRequest.WithDetail("Send exactly one of code and recovery_code.")
	case in.Code != "":
		code, err := parseCode(in.Code)
		return factorProof{claim: totp.CodeClaim{Code: code}}, err
	}
	code, err := domain.ParseRecoveryCode(in.RecoveryCode)
	return recoveryCodeProof{code: code}, err
}

func parseCode(text string) (totp.Code, error) {
	code, err := totp.ParseCode(text)
	if err != nil {
		return totp.Code{}, domain.ErrInvalidRequest.WithDetail("A code is a string of exactly six ASCII digits.")
	}
	return code, nil
}

func parseCodes(texts []string) ([]totp.Code, error) {
	codes := make([]totp.Code, 0, len(texts))
	for _, text := range texts {
		code, err := parseCode(text)
		if err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// VerifyInput is one attempt to log in with a second factor.
type VerifyInput struct {
	UserID string
	Proof  ProofInput
	Token  TokenRequest
	Repeat *Idempotency
}

// Verify decides a code or a recovery code and returns a signed step-up token.
// Of n concurrent calls with the same proof, over any number of replicas,
// exactly one succeeds.
func (s *Service) Verify(ctx context.Context, c domain.Caller, in VerifyInput) (Proven, error) {
	if err := s.access.Authorize(ctx, c, domain.OpVerify, in.UserID); err != nil {
		return Proven{}, err
	}
	proof, err := in.Proof.parse()
	if err != nil {
		return Proven{}, err
	}
	result, err := s.spend(ctx, attempt{
		caller: c, userID: in.UserID, action: domain.ActionVerification,
		proof: proof, token: in.Token, repeat: in.Repeat,
		permit: enrolled,
		effect: func(context.Context, *deliberation) error { return nil },
	})
	if err != nil {
		return Proven{}, err
	}
	return s.signed(result)
}

// enrolled permits a proof of a user who has an active factor.
func enrolled(d *deliberation) error {
	if !d.user.Enabled() {
		return domain.ErrNotEnrolled
	}
	return nil
}
