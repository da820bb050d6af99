package totp

import (
	"cmp"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/seal"
)

// usual is what an otpauth URI means that says nothing of it, and what every factor
// is that was enrolled here.
var usual = factor.Imported{Algorithm: domain.SHA1, Digits: 6, Period: 30 * time.Second}

// Import seals the secret, and keeps of the parameters those that are not usual.
func (Kind) Import(r factor.Round, f *domain.Factor, from factor.Imported) error {
	sealed, err := r.Secrets.Seal(seal.PurposeTOTPSecret, f.ID, from.Secret)
	if err != nil {
		return err
	}
	f.TOTP = domain.TOTP{
		Secret:    sealed,
		Algorithm: unless(from.Algorithm, usual.Algorithm), Digits: unless(from.Digits, usual.Digits), Period: unless(from.Period, usual.Period),
	}
	return nil
}

// Export opens the secret.
func (Kind) Export(r factor.Round, f domain.Factor) (factor.Imported, error) {
	secret, err := open(r, f)
	return factor.Imported{
		Secret:    secret,
		Algorithm: cmp.Or(f.TOTP.Algorithm, usual.Algorithm), Digits: cmp.Or(f.TOTP.Digits, usual.Digits), Period: cmp.Or(f.TOTP.Period, usual.Period),
	}, err
}

// unless returns the zero value in the place of the usual one.
func unless[T comparable](value, usual T) T {
	if value == usual {
		value = *new(T)
	}
	return value
}
