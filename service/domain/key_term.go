package domain

import "time"

// shortestKeyLifetime is time enough to see a key work.
const shortestKeyLifetime = time.Minute

// KeyTerm says when a service key or an operator key was made, when it ends, and when it
// was last used.
type KeyTerm struct {
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	RevokedAt time.Time // zero: it was not
	// LastUsedAt is when the key was last accepted, to an hour; zero: it never was. It
	// is not written with the key, but by a method of the store that does nothing else.
	LastUsedAt time.Time
}

// NewKeyTerm returns the term of a key that is made now, and ends after lifetime; 0: it
// does not expire.
func NewKeyTerm(now time.Time, lifetime time.Duration) KeyTerm {
	term := KeyTerm{CreatedAt: now}
	if lifetime != 0 {
		term.ExpiresAt = now.Add(lifetime)
	}
	return term
}

// Expired reports whether the key has expired at now.
func (t KeyTerm) Expired(now time.Time) bool {
	return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
}

// checkKey refuses the name of a key that could not be stored, and a lifetime that would
// be over at once.
func checkKey(name string, lifetime time.Duration) error {
	switch {
	case !ValidText(name, 0, 64):
		return ErrInvalidRequest.WithDetail("The name of a key has at most 64 characters and " + PlainTextRule)
	case lifetime != 0 && lifetime < shortestKeyLifetime:
		return ErrInvalidRequest.WithDetail("A key lives for a minute at least.")
	}
	return nil
}
