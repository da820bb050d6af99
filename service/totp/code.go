package totp

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// ErrMalformedCode says that a text is not six ASCII digits. It never quotes
// the text.
var ErrMalformedCode = errors.New("totp: a code is exactly six ASCII digits")

// redacted stands for a code wherever one is printed or logged.
const redacted = "[code]"

// Code is a well-formed code: exactly six ASCII digits. The zero Code is not
// one, and nothing matches it. A Code prints and logs as "[code]"; only Digits
// reveals it.
type Code struct {
	digits [Digits]byte
}

// ParseCode reads a code, or fails with ErrMalformedCode. Nothing is trimmed
// and no other spelling is read: one code must have one text, or whatever
// counts texts counts one code twice (CVE-2025-6014).
func ParseCode(s string) (Code, error) {
	var code Code
	if len(s) != Digits {
		return Code{}, ErrMalformedCode
	}
	for i := range Digits {
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
	if c.isZero() {
		return ""
	}
	return string(c.digits[:])
}

// Equal reports in constant time whether two codes are the same.
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
