package service

import (
	"context"
	"time"
)

// Store keeps everything. Implementations MUST pass repository/repotest. All
// methods are safe for concurrent use, return times in UTC, take the tenant,
// and never show one tenant's rows to another. An error that is none of those
// named is a failure of the store itself: the end of ctx where that is why,
// ErrStoreTimeout or ErrStoreUnreachable where to ask again later may help, and
// anything else a mistake. Users, Events, and whatever is asked for with a
// context of which [IsList] holds may wait for one another; nothing else waits
// for them.
type Store interface {
	// Tenant returns a tenant, or ErrNotFound.
	Tenant(ctx context.Context, tenantID string) (Tenant, error)
	// Tenants returns all tenants, by id.
	Tenants(ctx context.Context) ([]Tenant, error)
	// ServiceKeys returns a tenant's keys, revoked ones included, oldest first.
	ServiceKeys(ctx context.Context, tenantID string) ([]ServiceKey, error)
	// ServiceKey finds a key by the hash of its text, revoked or not, or
	// returns ErrNotFound.
	ServiceKey(ctx context.Context, tenantID string, hash []byte) (ServiceKey, error)
	// RecordServiceKeyUse stores that a key was used at a time, unless a later use
	// is stored, or one that is less than interval before it, and reports whether it
	// did. Of n concurrent calls with times less than interval apart exactly one
	// does, for a key of which no such use is stored. It writes nothing else of a
	// key; for one that does not exist it reports false.
	RecordServiceKeyUse(ctx context.Context, tenantID, keyID string, at time.Time, interval time.Duration) (bool, error)

	// User returns the aggregate as it is stored at some moment after the call
	// began, or ErrNotFound. It may be shared: who changes it changes a clone.
	User(ctx context.Context, tenantID, userID string) (User, error)
	// Hint returns a user as somebody may have seen them before, or nothing: it
	// never waits. It may be of any age, so no answer rests on it that no write
	// confirms. It may be shared like that of User.
	Hint(tenantID, userID string) (User, bool)
	// UsersByKey returns those of the keys who exist, each once, in any order.
	// One whose row cannot be read makes an error and keeps nobody else from
	// being returned with it.
	UsersByKey(ctx context.Context, keys []UserKey) ([]User, error)
	// Users returns those the filter selects, by id. With a prefix those come
	// first whose username has it, by username and then by id, and then those
	// whose display name alone has it, by display name and then by id.
	Users(ctx context.Context, tenantID string, f UserFilter) ([]User, error)
	// Headcount counts for the policy; see [Headcount].
	Headcount(ctx context.Context, tenantID string) (Headcount, error)
	// RecoveryCodes returns the user's set; an empty one when there is none.
	RecoveryCodes(ctx context.Context, tenantID, userID string) (RecoveryCodeSet, error)
	// Answer returns an answer as it is stored at some moment after the call began,
	// expired or not, or ErrNotFound.
	Answer(ctx context.Context, key AnswerKey) (Answer, error)
	// TokenSpent reports whether a token id is spent.
	TokenSpent(ctx context.Context, tenantID, tokenID string) (bool, error)
	// Events returns audit events, newest first; see [EventPage].
	Events(ctx context.Context, tenantID string, f EventFilter) (EventPage, error)

	// Commit carries out decisions, each whole or not at all, and returns one
	// error for each, in order: nil, ErrConflict, ErrTokenSpent,
	// ErrAlreadyExists, ErrOutcomeUnknown (the commit was sent, and no answer
	// came that is certain: it may or may not hold), or a failure of the store,
	// after which nothing of that change holds. A failing change fails itself, not its
	// companions, and a refusal (one of the first three) does not even keep them
	// from sharing a transaction. Of n concurrent changes that read the same version of a row
	// exactly one succeeds. At most one change per user in one call. Several changes,
	// and those of which [IsBulk] holds, never wait to go together with others.
	Commit(ctx context.Context, changes []Change) []error

	// Keys returns the service-wide keys, oldest first.
	Keys(ctx context.Context) ([]Key, error)
	// UpdateKeys replaces the set of keys by what update makes of the current
	// one. Concurrent calls, from any process, run one after the other; update
	// must not write to the store.
	UpdateKeys(ctx context.Context, update func(current []Key) ([]Key, error)) error

	// Now returns the clock of the database; it proves that it answers.
	Now(ctx context.Context) (time.Time, error)
	// Sweep forgets answers and spent tokens that expired before now, and tidies up
	// whatever else piles up. What must outlive the difference of two replicas'
	// clocks expires that much later.
	Sweep(ctx context.Context, now time.Time) error
}

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

// UserKey names a user of a tenant.
type UserKey struct{ TenantID, UserID string }

// UserFilter selects users of one tenant. Zero fields do not filter.
type UserFilter struct {
	Enabled    *bool // has an active factor
	AuthSource AuthSource
	Role       Role
	Active     *bool
	Prefix     string // of username or display name, whatever the case
	After      Place  // exclusive; zero: from the beginning
	Limit      int    // 0: no limit
}

// Place is that of a user in a list. Lists go by UserID, those with a prefix by
// the names as they were then.
type Place struct{ UserID, Username, DisplayName string }

// Headcount is what the policy needs to know of a tenant's users.
type Headcount struct {
	// Affected are active local users without an active factor: those whom a
	// mandate would send to enroll. AffectedAdmins are the admins and owners
	// among them.
	Affected, AffectedAdmins int
	// EnrolledAdmins and EnrolledOwners are active local users of exactly that
	// role with an active factor.
	EnrolledAdmins, EnrolledOwners int
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

// Key is a service-wide key, sealed under the keyset.
type Key struct {
	ID        string
	Kind      KeyKind
	State     KeyState
	Sealed    []byte
	CreatedAt time.Time
	RetiredAt time.Time // zero unless retired
}
