package domain

import "time"

// Answer is the sealed outcome of a decided attempt, kept for a client that
// repeats its call because the first answer was lost.
type Answer struct {
	Key       string
	Sealed    []byte
	CreatedAt time.Time
	ExpiresAt time.Time
}

// AnswerKey names an answer of a tenant.
type AnswerKey struct{ TenantID, Key string }
