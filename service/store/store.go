// Package store says what a store of everything does: the interface, and what is
// told to one beside its methods.
package store

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
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
	Tenant(ctx context.Context, tenantID string) (domain.Tenant, error)
	// Tenants returns all tenants, by id.
	Tenants(ctx context.Context) ([]domain.Tenant, error)
	// ServiceKeys returns a tenant's keys, revoked ones included, oldest first.
	ServiceKeys(ctx context.Context, tenantID string) ([]domain.ServiceKey, error)
	// ServiceKey finds a key by the hash of its text, revoked or not, or
	// returns ErrNotFound.
	ServiceKey(ctx context.Context, tenantID string, hash []byte) (domain.ServiceKey, error)
	// RecordServiceKeyUse stores that a key was used at a time, unless a later use
	// is stored, or one that is less than interval before it, and reports whether it
	// did. Of n concurrent calls with times less than interval apart exactly one
	// does, for a key of which no such use is stored. It writes nothing else of a
	// key; for one that does not exist it reports false.
	RecordServiceKeyUse(ctx context.Context, tenantID, keyID string, at time.Time, interval time.Duration) (bool, error)

	// User returns the aggregate as it is stored at some moment after the call
	// began, or ErrNotFound. It may be shared: who changes it changes a clone.
	User(ctx context.Context, tenantID, userID string) (domain.User, error)
	// Hint returns a user as somebody may have seen them before, or nothing: it
	// never waits. It may be of any age, so no answer rests on it that no write
	// confirms. It may be shared like that of User.
	Hint(tenantID, userID string) (domain.User, bool)
	// UsersByKey returns those of the keys who exist, each once, in any order.
	// One whose row cannot be read makes an error and keeps nobody else from
	// being returned with it.
	UsersByKey(ctx context.Context, keys []domain.UserKey) ([]domain.User, error)
	// Users returns those the filter selects, by id. With a prefix those come
	// first whose username has it, by username and then by id, and then those
	// whose display name alone has it, by display name and then by id.
	Users(ctx context.Context, tenantID string, f domain.UserFilter) ([]domain.User, error)
	// Headcount counts for the policy, with exemptions as they are at now; see
	// [domain.Headcount].
	Headcount(ctx context.Context, tenantID string, now time.Time) (domain.Headcount, error)
	// RecoveryCodes returns the user's set; an empty one when there is none.
	RecoveryCodes(ctx context.Context, tenantID, userID string) (domain.RecoveryCodeSet, error)
	// Answer returns an answer as it is stored at some moment after the call began,
	// expired or not, or ErrNotFound.
	Answer(ctx context.Context, key domain.AnswerKey) (domain.Answer, error)
	// TokenSpent reports whether a token id is spent.
	TokenSpent(ctx context.Context, tenantID, tokenID string) (bool, error)
	// Events returns audit events, newest first; see [domain.EventPage].
	Events(ctx context.Context, tenantID string, f domain.EventFilter) (domain.EventPage, error)

	// Commit carries out decisions, each whole or not at all, and returns one
	// error for each, in order: nil, ErrConflict, ErrTokenSpent,
	// ErrAlreadyExists, ErrOutcomeUnknown (the commit was sent, and no answer
	// came that is certain: it may or may not hold), or a failure of the store,
	// after which nothing of that change holds. A failing change fails itself, not its
	// companions, and a refusal (one of the first three) does not even keep them
	// from sharing a transaction. Of n concurrent changes that read the same version of a row
	// exactly one succeeds. At most one change per user in one call. Several changes,
	// and those of which [IsBulk] holds, never wait to go together with others.
	Commit(ctx context.Context, changes []domain.Change) []error

	// Keys returns the service-wide keys, oldest first.
	Keys(ctx context.Context) ([]domain.Key, error)
	// UpdateKeys replaces the set of keys by what update makes of the current
	// one. Concurrent calls, from any process, run one after the other; update
	// must not write to the store.
	UpdateKeys(ctx context.Context, update func(current []domain.Key) ([]domain.Key, error)) error

	// Now returns the clock of the database; it proves that it answers.
	Now(ctx context.Context) (time.Time, error)
	// Sweep forgets answers and spent tokens that expired before now, and tidies up
	// whatever else piles up. What must outlive the difference of two replicas'
	// clocks expires that much later.
	Sweep(ctx context.Context, now time.Time) error
}
