package totp

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// ErrMalformedCode says that a text is neither six nor eight ASCII digits. It never
// quotes the text.
var ErrMalformedCode = errors.New("totp: a code is six or eight ASCII digits")

// The lengths that a code can have.
const (
	shortCode = 6
	longCode  = 8
)

// redacted stands for a code wherever one is printed or logged.
const redacted = "[code]"

// Code is a well-formed code: six or eight ASCII digits. The zero Code is not
// one, and nothing matches it. A Code prints and logs as "[code]"; only Digits
// reveals it.
type Code struct {
	// digits ends in zero bytes where the code is a short one. They are no digits, so
	// that codes of different lengths are never the same.
	digits [longCode]byte
}

// ParseCode reads a code, or fails with ErrMalformedCode. Nothing is trimmed
// and no other spelling is read: one code must have one text, or whatever
// counts texts counts one code twice (CVE-2025-6014).
func ParseCode(s string) (Code, error) {
	var code Code
	if len(s) != shortCode && len(s) != longCode {
		return Code{}, ErrMalformedCode
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return Code{}, ErrMalformedCode
		}
		code.digits[i] = s[i]
	}
	return code, nil
}

// Digits returns the code itself, leading zeros included; the zero Code has
// none.
func (c Code) Digits() string {
	return string(c.digits[:c.Len()])
}

// Len is how many digits the code has: six, eight, or none.
func (c Code) Len() int {
	switch {
	case c.isZero():
		return 0
	case c.digits[shortCode] == 0:
		return shortCode
	}
	return longCode
}

// Equal reports in constant time whether two codes are the same, digit by digit: one
// of six digits is none of eight, though it may be the end of it.
func (c Code) Equal(other Code) bool {
	return c.equal(other) == 1
}

// String returns "[code]".
func (c Code) String() string { return redacted }

// GoString returns "[code]".
func (c Code) GoString() string { return redacted }

// LogValue is "[code]".
func (c Code) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes "[code]" whatever the verb: without it, %d would print the
// bytes.
func (c Code) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, redacted)
}

// equal is 1 or 0, so that the callers that loop need not branch on it.
func (c Code) equal(other Code) int {
	return subtle.ConstantTimeCompare(c.digits[:], other.digits[:])
}

func (c Code) isZero() bool { return c == Code{} }
