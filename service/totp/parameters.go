package totp

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/pquerna/otp"

	"github.com/countersign/countersign/service/domain"
)

// MaxDrift bounds how far a user's clock may be from the server's: the reach of a
// resync (RFC 6238, section 6) and the limit of the drift that a window believes.
// It is a time, since a clock is off by a time, whatever its device counts in.
const MaxDrift = 10 * time.Minute

// Parameters are how one factor computes codes and counts time. They are one value,
// so that nothing is ever counted by the period of another factor.
type Parameters struct {
	Algorithm domain.OTPAlgorithm // the H of HMAC-H (RFC 6238, section 1.2)
	Digits    int                 // RFC 4226's Digit (section 5.3)
	Period    time.Duration       // RFC 6238's X (section 4.1)
}

// Standard returns the parameters of every factor that is enrolled here: those that each
// authenticator app computes, whatever an otpauth URI asks for.
func Standard() Parameters {
	return Parameters{Algorithm: domain.SHA1, Digits: 6, Period: 30 * time.Second}
}

// ParametersOf returns the parameters of a factor; what it does not name is standard. It
// fails for any that this version cannot compute: a hash other than SHA-1, SHA-256
// and SHA-512, other than six or eight digits, a period that is no whole number of
// seconds from domain.MinOTPPeriod to domain.MaxOTPPeriod.
func ParametersOf(f domain.TOTP) (Parameters, error) {
	standard := Standard()
	p := Parameters{
		Algorithm: cmp.Or(f.Algorithm, standard.Algorithm),
		Digits:    cmp.Or(f.Digits, standard.Digits),
		Period:    cmp.Or(f.Period, standard.Period),
	}
	_, known := p.hash()
	switch {
	case !known:
		return Parameters{}, errors.New("totp: the algorithm is not SHA1, SHA256 or SHA512")
	case p.Digits != shortCode && p.Digits != longCode:
		return Parameters{}, fmt.Errorf("totp: the codes have %d digits, not 6 or 8", p.Digits)
	case p.Period < domain.MinOTPPeriod || p.Period > domain.MaxOTPPeriod || p.Period%time.Second != 0:
		return Parameters{}, fmt.Errorf("totp: the period is %v, not 15 to 120 whole seconds", p.Period)
	}
	return p, nil
}

// MaxDrift is the bound of the same name in steps of the period, rounded down.
func (p Parameters) MaxDrift() int { return int(MaxDrift / p.Period) }

// hash is the library's name of the algorithm.
func (p Parameters) hash() (otp.Algorithm, bool) {
	switch p.Algorithm {
	case domain.SHA1:
		return otp.AlgorithmSHA1, true
	case domain.SHA256:
		return otp.AlgorithmSHA256, true
	case domain.SHA512:
		return otp.AlgorithmSHA512, true
	}
	return 0, false
}
