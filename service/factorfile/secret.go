package factorfile

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
)

// redacted stands for a secret wherever one is printed or logged.
const redacted = "[secret]"

// Secret is a key or a password. It prints, logs and marshals as "[secret]";
// only Bytes reveals it.
type Secret struct {
	bytes []byte
}

// NewSecret returns a copy of b as a secret.
func NewSecret(b []byte) Secret { return Secret{bytes: bytes.Clone(b)} }

// Bytes returns a copy of the secret itself.
func (s Secret) Bytes() []byte { return bytes.Clone(s.bytes) }

// Len is the length in bytes.
func (s Secret) Len() int { return len(s.bytes) }

// String returns "[secret]".
func (s Secret) String() string { return redacted }

// GoString returns "[secret]".
func (s Secret) GoString() string { return redacted }

// LogValue is "[secret]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[secret]".
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format writes "[secret]" whatever the verb: without it, %d would print the
// bytes.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, redacted)
}
