// Package batch is a store around a store: callers that come at the same time
// share its reads and its commits, and it remembers rows that it has seen. It
// knows how rows are shared, and none of the rules by which anybody decides: to
// leave it out changes what a call costs, and never what it is answered.
//
// Whoever builds a service puts it between the service and the store of an
// engine. It imports the nouns alone, and no engine.
package batch

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Inner is the store that a [Store] is around.
type Inner interface {
	store.Store
	// AnswersByKey returns those of the keys that are remembered, expired or not.
	AnswersByKey(ctx context.Context, keys []domain.AnswerKey) (map[domain.AnswerKey]domain.Answer, error)
	// Writers is how many calls of Commit can run side by side; more wait for
	// one another. It does not change.
	Writers() int
}

// Observer is told what metrics count. Implementations must not block.
type Observer interface {
	// Committed is called after each commit of decisions, however it ended, with
	// how many of them shared it and how long it took.
	Committed(decisions int, took time.Duration)
}

// Store shares what is asked of the store it is around. It passes
// repository/repotest whenever that one does. Any number of processes may have
// one each, on one database.
type Store struct {
	store.Store
	users   *reads[domain.UserKey, domain.User]
	answers *reads[domain.AnswerKey, domain.Answer]
	hints   *hints
	commits *committer
}

// New returns a Store around inner. The observer may be nil.
func New(inner Inner, observer Observer) *Store {
	if observer == nil {
		observer = silent{}
	}
	known := newHints(hintLimit)
	return &Store{
		Store: inner, hints: known,
		users: newUserReads(inner), answers: newAnswerReads(inner), commits: newCommitter(inner, known, observer),
	}
}

type silent struct{}

func (silent) Committed(int, time.Duration) {}

// User returns the aggregate as it is stored at some moment after the call
// began, or domain.ErrNotFound. It is shared: who changes it changes a clone.
func (s *Store) User(ctx context.Context, tenantID, userID string) (domain.User, error) {
	user, err := s.users.read(ctx, domain.UserKey{TenantID: tenantID, UserID: userID})
	if err == nil {
		s.hints.keep(user)
	}
	return user, err
}

// Hint returns a user as this process has last seen or committed them, if it
// remembers: however old, and without waiting. It is shared like that of User.
func (s *Store) Hint(tenantID, userID string) (domain.User, bool) {
	return s.hints.get(domain.UserKey{TenantID: tenantID, UserID: userID})
}

// Answer returns an answer as it is stored at some moment after the call began,
// expired or not, or domain.ErrNotFound.
func (s *Store) Answer(ctx context.Context, key domain.AnswerKey) (domain.Answer, error) {
	return s.answers.read(ctx, key)
}

// Commit lets one change share a commit with those of others; when ctx ends
// before that, nothing of it holds and the error is domain.ErrUnavailable.
// Several changes, and those of which store.IsBulk holds, go by themselves.
func (s *Store) Commit(ctx context.Context, changes []domain.Change) []error {
	if len(changes) != 1 || store.IsBulk(ctx) {
		return s.commits.commitUnbatched(ctx, changes)
	}
	return []error{s.commits.commit(ctx, changes[0])}
}
