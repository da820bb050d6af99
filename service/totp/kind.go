package totp

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/seal"
)

// Kind is the kind of factor that an authenticator app is.
type Kind struct{}

// Type is domain.FactorTOTP.
func (Kind) Type() domain.FactorType { return domain.FactorTOTP }

// Begin makes the secret.
func (Kind) Begin(r factor.Round, f *domain.Factor) (factor.Shown, error) {
	secret := NewSecret()
	sealed, err := r.Secrets.Seal(seal.PurposeTOTPSecret, f.ID, secret)
	if err != nil {
		return factor.Shown{}, err
	}
	f.TOTP = domain.TOTP{Secret: sealed}
	return shown(r, *f, secret), nil
}

// Show shows the secret again.
func (Kind) Show(r factor.Round, f domain.Factor) (factor.Shown, error) {
	secret, err := open(r, f)
	if err != nil {
		return factor.Shown{}, err
	}
	return shown(r, f, secret), nil
}

func shown(r factor.Round, f domain.Factor, secret []byte) factor.Shown {
	return factor.Shown{
		Secret: EncodeSecret(secret),
		URI:    URI(r.Tenant.Label(), r.User.Username, r.User.DeviceLabel(f), secret),
	}
}

// open fails closed: a secret that is not this factor's is an error of the store,
// never a wrong code.
func open(r factor.Round, f domain.Factor) ([]byte, error) {
	secret, err := r.Secrets.Open(seal.PurposeTOTPSecret, f.ID, f.TOTP.Secret)
	if err != nil {
		return nil, fmt.Errorf("secret of factor %s: %w", f.ID, err)
	}
	return secret, nil
}

// Judge evaluates a [CodeClaim] or a [PairClaim].
func (Kind) Judge(_ context.Context, r factor.Round, f domain.Factor, c factor.Claim) (factor.Verdict, error) {
	secret, err := open(r, f)
	if err != nil {
		return factor.Verdict{}, err
	}
	switch c := c.(type) {
	case CodeClaim:
		return c.judge(secret, f.TOTP, StepAt(r.Now)), nil
	case PairClaim:
		return c.judge(secret, f.TOTP, StepAt(r.Now)), nil
	}
	return factor.Verdict{}, fmt.Errorf("totp: a %T is not about a TOTP factor", c)
}

// Description is what lists tell of a TOTP factor.
type Description struct {
	Digits     int
	Period     time.Duration
	DriftSteps int
}

// Describe returns a [Description].
func (Kind) Describe(f domain.Factor) any {
	return Description{Digits: Digits, Period: Period, DriftSteps: f.TOTP.Drift}
}

// Codes are what the app shows.
func (Kind) Codes(r factor.Round, f domain.Factor) (factor.Codes, error) {
	secret, err := open(r, f)
	if err != nil {
		return factor.Codes{}, err
	}
	step := StepAt(r.Now)
	return factor.Codes{
		Previous:  CodeAt(secret, step-1).Digits(),
		Code:      CodeAt(secret, step).Digits(),
		Next:      CodeAt(secret, step+1).Digits(),
		ExpiresAt: (step + 1).Start(),
	}, nil
}
