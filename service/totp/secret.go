package totp

import (
	"crypto/rand"
	"encoding/base32"
)

const (
	// SecretSize is the length of a new secret in bytes: 160 bits, what RFC
	// 4226 recommends (section 4, R6) and as long as the output of SHA-1.
	SecretSize = 20

	// MinSecretSize is the length in bytes of the shortest secret that has codes: 80
	// bits, which many services gave out, though RFC 4226 asks for 128. A shorter one
	// has none, so that an erased or torn secret is never HMAC under an empty or a
	// guessable key.
	MinSecretSize = 10

	// MaxSecretSize is the length in bytes of the longest secret that is taken in: 512
	// bits, the output of SHA-512.
	MaxSecretSize = 64
)

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
