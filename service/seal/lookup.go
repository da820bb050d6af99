package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const (
	// LookupKeySize is the length of a lookup key in bytes.
	LookupKeySize = 32
	// LookupSize is the length of a MAC in bytes: 128 bits are beyond any
	// collision among the codes of a user.
	LookupSize = 16

	// The domains keep these MACs apart from each other and from any other use of HMAC.
	lookupDomain     = "countersign recovery-code lookup v1"
	accessPassDomain = "countersign access-pass lookup v1"
	browserDomain    = "countersign remembered-browser lookup v1"
	successorDomain  = "countersign remembered-browser successor v1"
	secretDomain     = "countersign user secret v1"
	redactedKey      = "[lookup key]"
)

// ErrLookupKey says that bytes are not a lookup key.
var ErrLookupKey = errors.New("seal: a lookup key has 32 bytes")

// LookupKey finds recovery codes, access passes and remembered browsers: the
// database holds MACs under this key, of which a thief of the database alone can
// test no guess. It is immutable, safe for concurrent use, and prints as
// "[lookup key]". The zero LookupKey is not a key: its methods panic rather than
// compute with a key that everybody knows.
type LookupKey struct {
	// A pointer, so that %v of a struct around it shows an address.
	secret *[LookupKeySize]byte
}

// NewLookupKey returns a key from the system's source of randomness.
func NewLookupKey() LookupKey {
	secret := new([LookupKeySize]byte)
	_, _ = rand.Read(secret[:])
	return LookupKey{secret}
}

// ParseLookupKey reads what Bytes returned, or fails with ErrLookupKey.
func ParseLookupKey(secret []byte) (LookupKey, error) {
	if len(secret) != LookupKeySize {
		return LookupKey{}, ErrLookupKey
	}
	owned := [LookupKeySize]byte(secret)
	return LookupKey{&owned}, nil
}

// Bytes returns a copy of the key, to be sealed and stored.
func (k LookupKey) Bytes() []byte {
	owned := *k.secret
	return owned[:]
}

// MAC returns the name under which a recovery code is stored: HMAC-SHA-256,
// truncated to 128 bits (RFC 2104, section 5), over the code in its normalized
// spelling and whose it is. The same code of another user, or of a user
// created anew under the same id, has another name.
func (k LookupKey) MAC(tenant, user string, incarnation int64, code string) [LookupSize]byte {
	return k.lookup(lookupDomain, tenant, user, incarnation, code)
}

// AccessPassMAC returns the name under which an access pass is stored, as MAC does
// of a recovery code: neither is ever the name of the other.
func (k LookupKey) AccessPassMAC(tenant, user string, incarnation int64, code string) [LookupSize]byte {
	return k.lookup(accessPassDomain, tenant, user, incarnation, code)
}

func (k LookupKey) lookup(domain, tenant, user string, incarnation int64, texts ...string) [LookupSize]byte {
	message := appendText(nil, domain)
	message = appendText(message, tenant)
	message = appendText(message, user)
	message = binary.BigEndian.AppendUint64(message, uint64(incarnation))
	for _, text := range texts {
		message = appendText(message, text)
	}
	mac := hmac.New(sha256.New, k.secret[:])
	mac.Write(message)
	return [LookupSize]byte(mac.Sum(nil))
}

// Secret returns a secret of one user for a purpose: HMAC-SHA-256 over both. It is
// the same each time, and tells nothing of the key or of another secret.
func (k LookupKey) Secret(purpose, tenant, user string, incarnation int64) [sha256.Size]byte {
	message := appendText(nil, secretDomain)
	message = appendText(message, purpose)
	message = appendText(message, tenant)
	message = appendText(message, user)
	message = binary.BigEndian.AppendUint64(message, uint64(incarnation))
	mac := hmac.New(sha256.New, k.secret[:])
	mac.Write(message)
	return [sha256.Size]byte(mac.Sum(nil))
}

// BrowserMAC returns the name under which the secret of a remembered browser, or the
// part of it that stays, is stored: HMAC-SHA-256, truncated as that of MAC is, over
// the secret and whose it is.
func (k LookupKey) BrowserMAC(tenant, user string, incarnation int64, secret []byte) [LookupSize]byte {
	return k.lookup(browserDomain, tenant, user, incarnation, string(secret))
}

// BrowserSuccessor derives what the token of a browser's secret is succeeded by. The
// same secret and salt have the same successor, which nobody can tell who lacks the
// key or the secret.
func (k LookupKey) BrowserSuccessor(tenant, user string, incarnation int64, secret []byte, salt [16]byte) [LookupSize]byte {
	return k.lookup(successorDomain, tenant, user, incarnation, string(secret), string(salt[:]))
}

// String returns "[lookup key]".
func (k LookupKey) String() string { return redactedKey }

// GoString returns "[lookup key]".
func (k LookupKey) GoString() string { return redactedKey }

// LogValue is "[lookup key]".
func (k LookupKey) LogValue() slog.Value { return slog.StringValue(redactedKey) }

// Format writes "[lookup key]" whatever the verb.
func (k LookupKey) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, redactedKey)
}
