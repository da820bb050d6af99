package totp

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/seal"
)

// Kind is the kind of factor that an authenticator app is.
type Kind struct{}

// Type is domain.FactorTOTP.
func (Kind) Type() domain.FactorType { return domain.FactorTOTP }

// Configured is nil: an app needs nothing of a tenant.
func (Kind) Configured(domain.Tenant) error { return nil }

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

// opened fails closed too, for parameters that this version does not compute.
func opened(r factor.Round, f domain.Factor) (device, error) {
	p, err := ParametersOf(f.TOTP)
	if err != nil {
		return device{}, fmt.Errorf("factor %s: %w", f.ID, err)
	}
	secret, err := open(r, f)
	return device{Parameters: p, secret: secret, state: f.TOTP, here: p.StepAt(r.Now)}, err
}

// Judge evaluates a [CodeClaim] or a [PairClaim].
func (Kind) Judge(_ context.Context, r factor.Round, f domain.Factor, c factor.Claim) (factor.Verdict, error) {
	d, err := opened(r, f)
	if err != nil {
		return factor.Verdict{}, err
	}
	switch c := c.(type) {
	case CodeClaim:
		return c.judge(d), nil
	case PairClaim:
		return c.judge(d), nil
	}
	return factor.Verdict{}, fmt.Errorf("totp: a %T is not about a TOTP factor", c)
}

// Description is what lists tell of a TOTP factor.
type Description struct {
	Parameters
	DriftSteps int // of its own period
}

// Describe returns a [Description], or nil of a factor that this version cannot
// compute.
func (Kind) Describe(f domain.Factor) any {
	p, err := ParametersOf(f.TOTP)
	if err != nil {
		return nil
	}
	return Description{Parameters: p, DriftSteps: f.TOTP.Drift}
}

// Codes are what the app shows.
func (Kind) Codes(r factor.Round, f domain.Factor) (factor.Codes, error) {
	d, err := opened(r, f)
	if err != nil {
		return factor.Codes{}, err
	}
	return factor.Codes{
		Previous:  d.CodeAt(d.secret, d.here-1).Digits(),
		Code:      d.CodeAt(d.secret, d.here).Digits(),
		Next:      d.CodeAt(d.secret, d.here+1).Digits(),
		ExpiresAt: d.Start(d.here + 1),
	}, nil
}
