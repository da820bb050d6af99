// Package passkey is the kind of factor that a WebAuthn credential is, whatever
// holds it: a phone, a computer, a security key (W3C Web Authentication, Level 3). It
// is the only package that knows the library behind it, and gives it nothing but
// parsed data.
package passkey

import (
	"context"
	"fmt"
	"strings"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// Kind is the kind of factor that a passkey is.
type Kind struct{}

// Type is domain.FactorPasskey.
func (Kind) Type() domain.FactorType { return domain.FactorPasskey }

// Begin makes the challenge that the credential has to be made for.
func (k Kind) Begin(r factor.Round, f *domain.Factor) (factor.Shown, error) {
	if err := k.Configured(r.Tenant); err != nil {
		return factor.Shown{}, err
	}
	handle, err := userHandle(r)
	if err != nil {
		return factor.Shown{}, err
	}
	pending := record{RPID: r.Tenant.RPID, UserHandle: handle, Challenge: random(32), UserVerification: r.Tenant.Policy.UserVerification}
	if err := pending.seal(r, f); err != nil {
		return factor.Shown{}, err
	}
	return creationOptions(r, pending)
}

// Show shows the options again, with what the policy asks for by now.
func (Kind) Show(r factor.Round, f domain.Factor) (factor.Shown, error) {
	pending, err := open(r, f)
	if err != nil {
		return factor.Shown{}, err
	}
	pending.UserVerification = stricter(pending.UserVerification, r.Tenant.Policy.UserVerification)
	return creationOptions(r, pending)
}

// Judge evaluates a [RegistrationClaim] or an [AssertionClaim].
func (Kind) Judge(_ context.Context, r factor.Round, f domain.Factor, c factor.Claim) (factor.Verdict, error) {
	stored, err := open(r, f)
	if err != nil {
		return factor.Verdict{}, err
	}
	switch c := c.(type) {
	case RegistrationClaim:
		return c.judge(r, f, stored)
	case AssertionClaim:
		return c.judge(r, f, stored)
	}
	return factor.Verdict{}, fmt.Errorf("a %T is no claim about a passkey", c)
}

// Description is what lists tell of a passkey.
type Description struct {
	RPID       string
	BackedUp   bool
	Transports []string
}

// Describe returns a [Description].
func (Kind) Describe(f domain.Factor) any {
	d := Description{RPID: f.Passkey.RPID, BackedUp: f.Passkey.BackedUp, Transports: []string{}}
	if f.Passkey.Transports != "" {
		d.Transports = strings.Split(f.Passkey.Transports, ",")
	}
	return d
}

// CredentialID is how authenticators and browsers call an active passkey.
func (Kind) CredentialID(r factor.Round, f domain.Factor) ([]byte, error) {
	stored, err := open(r, f)
	return stored.ID, err
}

// Configured refuses a tenant for which browsers could make no passkey.
func (Kind) Configured(t domain.Tenant) error {
	if !t.TakesPasskeys() {
		return domain.ErrPasskeysNotConfigured
	}
	return nil
}
