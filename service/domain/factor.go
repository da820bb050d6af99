package domain

import (
	"slices"
	"strconv"
	"time"
)

// MaxFactors is how many factors one user may have, of whatever kind.
const MaxFactors = 5

// MaxFactorName bounds the name of a factor, in characters.
const MaxFactorName = 64

// EnrollmentLifetime is how long a pending factor waits for its codes.
const EnrollmentLifetime = 10 * time.Minute

// FactorType names the kind of a factor. It is never empty in memory.
type FactorType string

// The kinds that this version knows.
const (
	FactorTOTP    FactorType = "totp"    // an authenticator app (RFC 6238)
	FactorPasskey FactorType = "passkey" // a WebAuthn credential
)

// FactorState is pending until confirmed; a removed factor is gone, and the
// audit trail says that it was there.
type FactorState string

// The states.
const (
	FactorPending FactorState = "pending"
	FactorActive  FactorState = "active"
)

// Expired reports whether a pending factor can be confirmed no longer. One that
// has far more time left than it was given was begun under a wrong clock, and
// would otherwise wait until that time comes.
func (f Factor) Expired(now time.Time) bool {
	left := f.Pending.ExpiresAt.Sub(now)
	return left <= 0 || left > 2*EnrollmentLifetime
}

// Factor is an authenticator registered for a user: a head that every kind has,
// and the part of its kind. The parts are values, so that a copy of a factor
// shares nothing that is changed in place.
type Factor struct {
	ID          string
	Type        FactorType
	Name        string
	State       FactorState
	CreatedAt   time.Time
	ConfirmedAt time.Time
	LastUsedAt  time.Time
	Pending     PendingFactor // zero unless State is FactorPending

	TOTP    TOTP    // of FactorTOTP
	Passkey Passkey // of FactorPasskey
	// Unknown is the part of a kind that this version does not know, as it is
	// stored: another replica, of a later version, has not to lose it here.
	Unknown []byte
}

// BoundTo reports whether it is an active passkey of this relying party id: no
// browser offers it to another.
func (f Factor) BoundTo(rpID string) bool {
	return f.activePasskey() && f.Passkey.RPID == rpID
}

func (f Factor) activePasskey() bool { return f.Type == FactorPasskey && f.State == FactorActive }

// TOTP is the part of an authenticator app.
type TOTP struct {
	// Secret is sealed.
	Secret []byte
	// LastStep is the last time step spent; only later ones are accepted
	// (RFC 6238, section 5.2).
	LastStep int64
	// Drift is how many steps the device's clock is ahead (RFC 6238, section 6).
	Drift int
	// Algorithm, Digits and Period are those of an imported factor; zero: SHA-1, six
	// digits, thirty seconds, as of every factor that was enrolled here.
	Algorithm OTPAlgorithm
	Digits    int
	Period    time.Duration
}

// OTPAlgorithm is the hash of a TOTP factor (RFC 6238, section 1.2), as otpauth
// URIs name it.
type OTPAlgorithm string

// The algorithms.
const (
	SHA1   OTPAlgorithm = "SHA1"
	SHA256 OTPAlgorithm = "SHA256"
	SHA512 OTPAlgorithm = "SHA512"
)

// The bounds of the secret of a TOTP factor, in bytes.
const (
	// MinOTPSecret is the shortest that has codes: 80 bits, which many services gave
	// out, though RFC 4226 asks for 128. A shorter one has none, so that an erased or
	// torn secret is never HMAC under an empty or a guessable key.
	MinOTPSecret = 10
	// MaxOTPSecret is the longest that is taken in: 512 bits, the output of SHA-512.
	MaxOTPSecret = 64
)

// The bounds of the period of a TOTP factor, which is a whole number of seconds.
// Below a quarter of a minute nobody types a code in time; above two minutes one
// that was seen would serve for long.
const (
	MinOTPPeriod = 15 * time.Second
	MaxOTPPeriod = 2 * time.Minute
)

// Passkey is the part of a passkey. What it was made with is sealed, so that a row
// into which another user's was written opens no more; what changes with each use
// is not.
type Passkey struct {
	// Record is sealed: the challenge of a pending one, the credential of an active
	// one, and what both were made for.
	Record []byte
	// SignCount is what the authenticator counted last; many count nothing.
	SignCount uint32
	// LastSequence is that of the last challenge spent; only later ones are accepted.
	LastSequence int64

	// What lists tell: whoever decides reads the record.

	RPID       string
	Transports string // separated by commas
	BackedUp   bool
}

// PendingFactor is what an unfinished enrollment must remember.
type PendingFactor struct {
	ExpiresAt time.Time
	Replaces  string // factor id that dies when this one is confirmed, or empty
	// BegunBy alone may see the secret again; see [Caller.Starter].
	BegunBy string
	// StepUpID is the step-up token that began the enrollment of a user who
	// already had a factor.
	StepUpID string
}

// FreeName is what a factor is called whose user gave no name: the first one that
// no other factor has.
func (s SecondFactor) FreeName(t FactorType) string {
	usual := "Authenticator"
	if t == FactorPasskey {
		usual = "Passkey"
	}
	name := usual
	for n := 2; hasName(s.Factors, name); n++ {
		name = usual + " " + strconv.Itoa(n)
	}
	return name
}

func hasName(factors []Factor, name string) bool {
	return slices.ContainsFunc(factors, func(f Factor) bool { return f.Name == name })
}

// DeviceLabel tells the entry of f, which is pending, in an app from those of the
// user's other factors: several apps replace an entry by one of the same label,
// and the old one has to work until the new one is confirmed. The first factor
// needs none.
func (s SecondFactor) DeviceLabel(f Factor) string {
	active := s.ActiveFactors()
	switch {
	case len(active) == 0:
		return ""
	case hasName(active, f.Name):
		return f.Name + ", " + f.ID[len(f.ID)-4:]
	}
	return f.Name
}
