package domain

import "time"

// KeyKind is what a service-wide key is for.
type KeyKind string

// The kinds of keys.
const (
	KeyStepUp        KeyKind = "step_up"
	KeyStepUpSandbox KeyKind = "step_up_sandbox"
	KeyTicket        KeyKind = "ticket"
	KeyRecoveryCode  KeyKind = "recovery_code" // looks recovery codes up
)

// KeyState is a key's place in rotation.
type KeyState string

// The states: published before it signs, signing, still accepted.
const (
	KeyNext    KeyState = "next"
	KeyCurrent KeyState = "current"
	KeyRetired KeyState = "retired"
)

// keyOverlap is how long a retired key stays published: longer than any
// token lives and any verifier caches.
const keyOverlap = 24 * time.Hour

// Outlived reports whether a retired key is no longer published or accepted,
// whether or not a rotation has swept it away yet.
func (k Key) Outlived(now time.Time) bool {
	return k.State == KeyRetired && now.Sub(k.RetiredAt) > keyOverlap
}

// Key is a service-wide key, sealed under the keyset.
type Key struct {
	ID        string
	Kind      KeyKind
	State     KeyState
	Sealed    []byte
	CreatedAt time.Time
	RetiredAt time.Time // zero unless retired
}

// KeysetKey is a key of a keyset that has encrypted something in the database.
// Sealed is an empty text, encrypted by that key: a keyset has the key if, and
// only if, it opens it. A ciphertext tells less of a key than any hash, and asks
// no more of a keyset than to be one.
type KeysetKey struct {
	ID        string // Tink's
	Sealed    []byte
	CreatedAt time.Time
}
