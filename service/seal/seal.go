// Package seal encrypts secrets at rest and binds each ciphertext to the row
// and the column it was made for, so that whoever can write to the database
// cannot move one to another place.
//
// Encryption is Tink's AEAD over an AES-256-GCM keyset: random nonces, and a
// key id in front of every ciphertext, by which a keyset with several keys
// opens what any of them sealed.
package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

var (
	// ErrNotAuthentic says that a ciphertext was not made by this keyset for
	// this binding. It has no details, since the difference between a wrong
	// key, a wrong place and a changed byte helps an attacker only.
	ErrNotAuthentic = errors.New("seal: not authentic")

	// ErrNoPurpose says that a binding names no purpose.
	ErrNoPurpose = errors.New("seal: a binding needs a purpose")
)

// Sealer seals and opens. It is safe for concurrent use. Make one with
// NewSealer, LoadKeysetFile or ParseKeyset.
type Sealer struct {
	primitive tink.AEAD
	primary   string
	keys      map[uint32]bool // by the ids that begin ciphertexts
}

// NewSealer returns a Sealer over a keyset of AEAD keys: it seals with the
// primary key and opens with any enabled one.
func NewSealer(handle *keyset.Handle) (*Sealer, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("seal: not a keyset for authenticated encryption: %w", err)
	}
	primary, err := handle.Primary()
	if err != nil {
		return nil, fmt.Errorf("seal: a keyset without a primary key: %w", err)
	}
	s := &Sealer{primitive: primitive, primary: strconv.FormatUint(uint64(primary.KeyID()), 10), keys: map[uint32]bool{}}
	for i := range handle.Len() {
		entry, err := handle.Entry(i)
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		s.keys[entry.KeyID()] = entry.KeyStatus() == keyset.Enabled
	}
	return s, nil
}

// PrimaryKeyID names the key that s seals with, as Tink's tools print it. It
// tells nothing of the key.
func (s *Sealer) PrimaryKeyID() string { return s.primary }

// Seal encrypts plaintext for the place that b names. The ciphertext is 33
// bytes longer. It fails with ErrNoPurpose, or where the keyset's keys live
// elsewhere and cannot be reached.
func (s *Sealer) Seal(plaintext []byte, b Binding) ([]byte, error) {
	if b.Purpose == "" {
		return nil, ErrNoPurpose
	}
	ciphertext, err := s.primitive.Encrypt(plaintext, b.associatedData())
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return ciphertext, nil
}

// Open decrypts what Seal made for the same binding, or fails with
// ErrNotAuthentic.
func (s *Sealer) Open(ciphertext []byte, b Binding) ([]byte, error) {
	if b.Purpose == "" {
		return nil, ErrNotAuthentic
	}
	plaintext, err := s.primitive.Decrypt(ciphertext, b.associatedData())
	if err != nil {
		return nil, ErrNotAuthentic
	}
	return plaintext, nil
}

// Lacks reports that a ciphertext says of itself that a key has sealed it which
// is not in the keyset, or not enabled: then another replica may open it. What is
// said there is not authentic.
func (s *Sealer) Lacks(ciphertext []byte) bool {
	const version, prefix = 1, 5 // Tink's wire format: a version and the key's id
	return len(ciphertext) >= prefix && ciphertext[0] == version && !s.keys[binary.BigEndian.Uint32(ciphertext[1:prefix])]
}

// String returns "[sealer]".
func (s *Sealer) String() string { return "[sealer]" }

// LogValue is "[sealer]".
func (s *Sealer) LogValue() slog.Value { return slog.StringValue(s.String()) }
