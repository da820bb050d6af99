package domain

import "time"

// Change is all that one decision writes, in one transaction, in this order.
type Change struct {
	TenantID string

	// Tenant is the next state of the tenant's row; its Version is the one
	// read (0: create). It comes first, so that whatever must not race on the
	// tenant is serialised there.
	Tenant *Tenant
	// EraseSealedCodes drops every ciphertext of the tenant's recovery codes,
	// and its remembered answers, which may hold some.
	EraseSealedCodes bool
	// ServiceKey is inserted, or its name, scopes and revocation are updated when
	// the id exists; a key that is revoked stays so.
	ServiceKey *ServiceKey

	// Custody, when set, must still be the tenant's when this commits, else
	// ErrConflict: so that no ciphertext is written, or shown, after the
	// tenant chose hash_only.
	Custody Custody

	// Actor, when set, is another person whose authority this rests on, as
	// read; unless that row is still the same when this commits, ErrConflict:
	// of two who take each other's second factor away one comes first. It is
	// not written.
	Actor *User

	// User is the next state of the aggregate; its Version is the one read
	// (0: create; a user who exists by then is ErrConflict). The stored row
	// gets Version+1.
	User *User
	// DeleteUser removes the user and the recovery codes instead of storing.
	DeleteUser bool
	// Codes, when set, becomes the user's recovery codes; an empty set removes
	// them. A ciphertext erased meanwhile stays erased.
	Codes *RecoveryCodeSet

	SpentTokens []SpentToken
	// Answer is remembered with a User, whose version guards it: its key MUST be
	// that user's own. An unexpired one under the same key is ErrConflict.
	Answer *Answer
	// RepeatedAnswer is the key of an answer that is about to be told again, which
	// this commit waits for: it is written anew as it is, so that where a commit
	// waits for a standby, so does the repetition of one whose wait was in vain.
	// One that is gone is ErrConflict.
	RepeatedAnswer string
	Events         []Event
}

// SpentToken is a token id that must not be used again before it expires.
type SpentToken struct {
	ID        string
	ExpiresAt time.Time
}

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
