package domain

import "time"

// RecoveryCodeSet is a user's recovery codes (NIST's look-up secrets). They are
// kept in one row, and the aggregate's version guards it.
type RecoveryCodeSet struct {
	TenantID    string
	UserID      string
	KeyID       string // of the key that made the MACs
	GeneratedAt time.Time
	Codes       []StoredRecoveryCode
}

// StoredRecoveryCode is found by its MAC. Sealed is the ciphertext that makes
// it viewable: nil once the code is spent, or under custody hash_only.
type StoredRecoveryCode struct {
	MAC     [16]byte
	Sealed  []byte
	SpentAt time.Time // zero: unused
}

// RecoveryCodeTotal is how many recovery codes a set has.
const RecoveryCodeTotal = 8

const recoveryCodeSymbols = 16 // of five bits: 80 bits, so that a keyed hash suffices

// RecoveryCode is a recovery code in its one spelling: sixteen symbols of
// Crockford's base32, upper case, no hyphens. It prints as a placeholder.
type RecoveryCode struct{ symbols string }

// RecoveryCodeOf makes a code of random bytes.
func RecoveryCodeOf(random [recoveryCodeSymbols]byte) RecoveryCode {
	return RecoveryCode{crockfordOf(random[:])}
}

// Symbols returns what of the code is looked up.
func (c RecoveryCode) Symbols() string { return c.symbols }

// String hides the code; use Text to show it to its owner.
func (RecoveryCode) String() string { return "[recovery code]" }

// GoString hides the code.
func (c RecoveryCode) GoString() string { return c.String() }

// Text returns the code as it is shown: 4-4-4-4.
func (c RecoveryCode) Text() string { return inFours(c.symbols) }

// ParseRecoveryCode reads a code as people type it: any case, with or without
// hyphens and spaces, O for 0 and I or L for 1. Anything else is
// ErrInvalidRequest.
func ParseRecoveryCode(text string) (RecoveryCode, error) {
	symbols, ok := parseCrockford(text, recoveryCodeSymbols)
	if !ok {
		return RecoveryCode{}, ErrInvalidRequest.WithDetail("A recovery code is sixteen letters and digits, such as shown when it was made.")
	}
	return RecoveryCode{symbols}, nil
}
