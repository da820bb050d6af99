package stepup

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/countersign/countersign/service/domain"
)

// TicketKeySize is the length of a ticket key in bytes, that of the hash (RFC
// 7518, section 3.2).
const TicketKeySize = 32

var (
	// ErrTicketKey says that bytes are not a ticket key.
	ErrTicketKey = errors.New("stepup: a ticket key has 32 bytes")

	// ErrTicketInvalid says that a text is not a valid ticket, without why.
	ErrTicketInvalid = errors.New("stepup: the ticket is not valid")

	// ErrUnknownTicketKey is an ErrTicketInvalid too: the ticket names a key
	// that is not in the set, which may be old.
	ErrUnknownTicketKey = fmt.Errorf("%w: unknown key", ErrTicketInvalid)
)

// ticketForm is symmetric: who checks tickets is who made them.
var ticketForm = form{typ: "ticket+jwt", method: hs256{jwt.SigningMethodHS256}}

type hs256 struct{ *jwt.SigningMethodHMAC }

func (m hs256) sign(text []byte, key any) ([]byte, error) { return m.Sign(string(text), key) }

// TicketKey signs and checks tickets. It is immutable, safe for concurrent
// use, and prints as its id. The zero TicketKey is not a key.
type TicketKey struct {
	// ID is the key id, a hash of the key. It is public: nobody guesses 256
	// random bits.
	ID string
	// A pointer, so that %v of a struct around it shows an address.
	secret *[TicketKeySize]byte
}

// NewTicketKey returns a key from the system's source of randomness.
func NewTicketKey() TicketKey {
	secret := new([TicketKeySize]byte)
	_, _ = rand.Read(secret[:])
	return newTicketKey(secret)
}

// ParseTicketKey reads what Bytes returned, or fails with ErrTicketKey.
func ParseTicketKey(secret []byte) (TicketKey, error) {
	if len(secret) != TicketKeySize {
		return TicketKey{}, ErrTicketKey
	}
	owned := [TicketKeySize]byte(secret)
	return newTicketKey(&owned), nil
}

// Bytes returns a copy of the key, to be sealed and stored.
func (k TicketKey) Bytes() []byte {
	owned := *k.secret
	return owned[:]
}

// Issue returns the ticket as a token: HS256, typ ticket+jwt. It fails with
// ErrTicket rather than state less than a ticket must, and with ErrTicketKey
// on the zero key.
func (k TicketKey) Issue(t domain.Ticket) (string, error) {
	if k.secret == nil {
		return "", ErrTicketKey
	}
	if err := checkTicket(t); err != nil {
		return "", err
	}
	token, err := ticketForm.sign(wireOf(t), k.ID, k.secret[:])
	if err != nil {
		return "", fmt.Errorf("stepup: %w", err)
	}
	return token, nil
}

// String names the key by its id.
func (k TicketKey) String() string { return "[ticket key " + k.ID + "]" }

// GoString is what String returns.
func (k TicketKey) GoString() string { return k.String() }

// LogValue is what String returns.
func (k TicketKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Format writes what String returns, whatever the verb.
func (k TicketKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// newTicketKey separates the hash of the id from any other use of the key.
func newTicketKey(secret *[TicketKeySize]byte) TicketKey {
	hash := sha256.Sum256(append([]byte("countersign ticket key id v1\x00"), secret[:]...))
	return TicketKey{ID: base64.RawURLEncoding.EncodeToString(hash[:]), secret: secret}
}

// TicketKeySet checks tickets. It is immutable and safe for concurrent use.
// The zero TicketKeySet is empty.
type TicketKeySet struct {
	keys map[string]TicketKey
}

// NewTicketKeySet returns a set of the keys: the one that signs and those that
// did while their tickets may still live.
func NewTicketKeySet(keys ...TicketKey) TicketKeySet {
	set := TicketKeySet{keys: make(map[string]TicketKey, len(keys))}
	for _, key := range keys {
		set.keys[key.ID] = key
	}
	return set
}

// Verify returns a valid ticket, or fails with ErrTicketInvalid, which it does
// not explain. Where it is ErrUnknownTicketKey too, a newer set may know
// better. Whether the user still lives, under the same incarnation, and the
// service key was not revoked, is the caller's to know.
func (s TicketKeySet) Verify(token string, now time.Time) (domain.Ticket, error) {
	var claims wireTicket
	err := ticketForm.parse(token, &claims, s.key, now)
	if errors.Is(err, errUnknownKey) {
		return domain.Ticket{}, ErrUnknownTicketKey
	}
	ticket := claims.ticket()
	if err != nil || checkTicket(ticket) != nil || !now.Before(ticket.ExpiresAt) {
		return domain.Ticket{}, ErrTicketInvalid
	}
	return ticket, nil
}

func (s TicketKeySet) key(kid string) any {
	if key, known := s.keys[kid]; known && key.secret != nil {
		return key.secret[:]
	}
	return nil
}
