package domain

import "time"

// SpentToken is a token id that must not be used again before it expires.
type SpentToken struct {
	ID        string
	ExpiresAt time.Time
}
