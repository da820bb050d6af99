package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// secretPrefix begins the text of every secret, as the specification has it, by which
// scanners find one.
const secretPrefix = "whsec_"

// Secret signs what a webhook is sent. It prints as a placeholder.
type Secret struct {
	// A pointer, so that %v of a struct around it shows an address.
	key *[32]byte
}

// NewSecret returns a random secret.
func NewSecret() Secret {
	s := Secret{new([32]byte)}
	rand.Read(s.key[:])
	return s
}

var errSecret = errors.New("the secret of a webhook is damaged")

// ParseSecret reads the bytes of a secret.
func ParseSecret(key []byte) (Secret, error) {
	if len(key) != 32 {
		return Secret{}, errSecret
	}
	owned := [32]byte(key)
	return Secret{&owned}, nil
}

// Bytes are those that ParseSecret reads.
func (s Secret) Bytes() []byte { return bytes.Clone(s.key[:]) }

// Text is the secret as its receiver is given it.
func (s Secret) Text() string { return secretPrefix + base64.StdEncoding.EncodeToString(s.key[:]) }

// String returns "[webhook secret]".
func (s Secret) String() string { return "[webhook secret]" }

// Format writes "[webhook secret]", whatever the verb.
func (s Secret) Format(to fmt.State, _ rune) { _, _ = io.WriteString(to, s.String()) }

// LogValue is "[webhook secret]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns "[webhook secret]".
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// sign is the signature of the specification, "Signature scheme": HMAC-SHA256 of
// id, timestamp and body, which neither of the first two can end early, having no
// full stop.
func (s Secret) sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signer signs with every secret that its receiver may still have.
type signer struct {
	secret        Secret
	previous      *Secret // nil: there is none
	previousUntil time.Time
}

// PreviousFor is how long a secret that was replaced signs as well.
const PreviousFor = 24 * time.Hour

// message is an event as it is sent at a time.
func (s signer) message(url string, e domain.Event, at time.Time) (Message, error) {
	body, err := payload(e)
	if err != nil {
		return Message{}, err
	}
	timestamp := strconv.FormatInt(at.Unix(), 10)
	signatures := []string{s.secret.sign(e.ID, timestamp, body)}
	if s.previous != nil && at.Before(s.previousUntil) {
		signatures = append(signatures, s.previous.sign(e.ID, timestamp, body))
	}
	return Message{URL: url, ID: e.ID, Timestamp: timestamp, Signature: strings.Join(signatures, " "), Body: body}, nil
}
