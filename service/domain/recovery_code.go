package domain

import (
	"strings"
	"time"
)

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

const (
	recoveryCodeSymbols = 16 // of five bits: 80 bits, so that a keyed hash suffices
	crockford           = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// RecoveryCode is a recovery code in its one spelling: sixteen symbols of
// Crockford's base32, upper case, no hyphens. It prints as a placeholder.
type RecoveryCode struct{ symbols string }

// RecoveryCodeOf makes a code of random bytes.
func RecoveryCodeOf(random [recoveryCodeSymbols]byte) RecoveryCode {
	for i, b := range random {
		random[i] = crockford[b%32] // 256 is a multiple of 32: every symbol is equally likely
	}
	return RecoveryCode{string(random[:])}
}

// Symbols returns what of the code is looked up.
func (c RecoveryCode) Symbols() string { return c.symbols }

// String hides the code; use Text to show it to its owner.
func (RecoveryCode) String() string { return "[recovery code]" }

// GoString hides the code.
func (c RecoveryCode) GoString() string { return c.String() }

// Text returns the code as it is shown: 4-4-4-4.
func (c RecoveryCode) Text() string {
	return c.symbols[0:4] + "-" + c.symbols[4:8] + "-" + c.symbols[8:12] + "-" + c.symbols[12:16]
}

// ParseRecoveryCode reads a code as people type it: any case, with or without
// hyphens and spaces, O for 0 and I or L for 1. Anything else is
// ErrInvalidRequest.
func ParseRecoveryCode(text string) (RecoveryCode, error) {
	symbols := crockfordFold.Replace(strings.ToUpper(text))
	if len(symbols) != recoveryCodeSymbols || strings.Trim(symbols, crockford) != "" {
		return RecoveryCode{}, ErrInvalidRequest.WithDetail("A recovery code is sixteen letters and digits, such as shown when it was made.")
	}
	return RecoveryCode{symbols}, nil
}

var crockfordFold = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")
