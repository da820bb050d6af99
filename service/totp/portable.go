package totp

import (
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/seal"
)

// Import seals the secret, and keeps of the parameters those that are not standard,
// so that most of what is imported is stored as what is enrolled here.
func (Kind) Import(r factor.Round, f *domain.Factor, from factor.Imported) error {
	sealed, err := r.Secrets.Seal(seal.PurposeTOTPSecret, f.ID, from.Secret)
	if err != nil {
		return err
	}
	standard := Standard()
	part := domain.TOTP{
		Secret:    sealed,
		Algorithm: unless(from.Algorithm, standard.Algorithm), Digits: unless(from.Digits, standard.Digits), Period: unless(from.Period, standard.Period),
	}
	if _, err := ParametersOf(part); err != nil {
		return err
	}
	f.TOTP = part
	return nil
}

// unless returns the zero value in the place of the standard one.
func unless[T comparable](value, standard T) T {
	if value == standard {
		value = *new(T)
	}
	return value
}

// Export opens the secret.
func (Kind) Export(r factor.Round, f domain.Factor) (factor.Imported, error) {
	d, err := opened(r, f)
	return factor.Imported{Secret: d.secret, Algorithm: d.Algorithm, Digits: d.Digits, Period: d.Period}, err
}
