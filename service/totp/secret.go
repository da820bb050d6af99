package totp

import (
	"crypto/rand"
	"encoding/base32"
)

// SecretSize is the length of a new secret in bytes: 160 bits, what RFC 4226
// recommends (section 4, R6) and as long as the output of SHA-1.
const SecretSize = 20

// NewSecret returns SecretSize bytes from the system's source of randomness.
// It cannot fail: crypto/rand ends the process where the system has none.
func NewSecret() []byte {
	secret := make([]byte, SecretSize)
	_, _ = rand.Read(secret)
	return secret
}

// EncodeSecret returns the secret as a user types it into an app: base32 in
// capitals, without the padding that several apps refuse.
func EncodeSecret(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}
