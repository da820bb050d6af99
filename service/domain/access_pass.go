package domain

import "time"

// How long an access pass is good for.
const (
	MinAccessPassLifetime     = 5 * time.Minute
	DefaultAccessPassLifetime = 15 * time.Minute
	MaxAccessPassLifetime     = time.Hour
)

// AccessPass is a one-time code that somebody with authority gives to a user who
// cannot prove a factor now. It is known here by a keyed hash alone.
type AccessPass struct {
	// KeyID is of the key that made the MAC.
	KeyID     string
	MAC       [16]byte
	CreatedAt time.Time
	ExpiresAt time.Time
	GivenBy   string // user id of who gave it
	// GiverGeneration is that of who gave it, then: the pass ends with that one, as
	// the step-up token does that it was given by.
	GiverGeneration string
}

// Given reports whether there is one, over or not.
func (p AccessPass) Given() bool { return !p.CreatedAt.IsZero() }

// Live reports whether there is one that can be used. One that has far more time
// left than any is given was given under a wrong clock, and would otherwise be good
// until that time comes.
func (p AccessPass) Live(now time.Time) bool {
	left := p.ExpiresAt.Sub(now)
	return p.Given() && left > 0 && left <= 2*MaxAccessPassLifetime
}

const accessPassSymbols = 20 // of five bits: 100 bits

// AccessPassCode is the text of an access pass in its one spelling: twenty symbols
// of Crockford's base32, upper case, no hyphens. It has four more than a recovery
// code, so that one field takes either. It prints as a placeholder.
type AccessPassCode struct{ symbols string }

// AccessPassCodeOf makes a code of random bytes.
func AccessPassCodeOf(random [accessPassSymbols]byte) AccessPassCode {
	return AccessPassCode{crockfordOf(random[:])}
}

// Symbols returns what of the code is compared.
func (c AccessPassCode) Symbols() string { return c.symbols }

// String hides the code; use Text to show it to who gives it.
func (AccessPassCode) String() string { return "[access pass]" }

// GoString hides the code.
func (c AccessPassCode) GoString() string { return c.String() }

// Text returns the code as it is shown: 4-4-4-4-4.
func (c AccessPassCode) Text() string { return inFours(c.symbols) }

// ParseAccessPassCode reads a code as people type it, as [ParseRecoveryCode] does.
// Anything else is ErrInvalidRequest.
func ParseAccessPassCode(text string) (AccessPassCode, error) {
	symbols, ok := parseCrockford(text, accessPassSymbols)
	if !ok {
		return AccessPassCode{}, ErrInvalidRequest.WithDetail("An access pass is twenty letters and digits, such as shown when it was given.")
	}
	return AccessPassCode{symbols}, nil
}
