package domain

import "time"

// AccessPass is a one-time code that somebody with authority gives to a user who
// cannot prove a factor now. It is known here by a keyed hash alone.
type AccessPass struct {
	// KeyID is of the key that made the MAC.
	KeyID     string
	MAC       [16]byte
	CreatedAt time.Time
	ExpiresAt time.Time
	GivenBy   string // user id of who gave it
}

// Given reports whether there is one, over or not.
func (p AccessPass) Given() bool { return !p.CreatedAt.IsZero() }
