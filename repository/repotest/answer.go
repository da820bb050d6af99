package repotest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var answerContracts = []contract{
	{"comes back until it expires", func(t *testing.T, s store.Store) {
		user, answer := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u")), newAnswer("k", fixture.Noon)
		fixture.Must(t, s, remember(user, answer))
		found := recalled(t, s, user, "k", answer.ExpiresAt.Add(-time.Microsecond))
		fixture.Same(t, found, answer)
		fixture.InUTC(t, found.CreatedAt, found.ExpiresAt)
		_, err := answerAt(t.Context(), s, user.TenantID, "k", answer.ExpiresAt)
		fixture.WantErr(t, err, domain.ErrNotFound)
		_, err = answerAt(t.Context(), s, user.TenantID, "other", fixture.Noon)
		fixture.WantErr(t, err, domain.ErrNotFound)
	}},
	{"is not replaced before it expires", func(t *testing.T, s store.Store) {
		user, first := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u")), newAnswer("k", fixture.Noon)
		fixture.Must(t, s, remember(user, first))
		user = fixture.Load(t, s, user)
		early := newAnswer("k", first.ExpiresAt.Add(-time.Microsecond))
		early.Sealed = []byte("early")
		fixture.WantErr(t, fixture.Commit(t, s, remember(user, early)), domain.ErrConflict)
		fixture.Same(t, recalled(t, s, user, "k", fixture.Noon), first)
		fixture.Same(t, fixture.Load(t, s, user), user)
	}},
	{"is replaced from its expiry on", func(t *testing.T, s store.Store) {
		user, first := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u")), newAnswer("k", fixture.Noon)
		fixture.Must(t, s, remember(user, first))
		second := newAnswer("k", first.ExpiresAt)
		second.Sealed = []byte("second")
		fixture.Must(t, s, remember(fixture.Load(t, s, user), second))
		fixture.Same(t, recalled(t, s, user, "k", second.CreatedAt), second)
	}},
	{"is written anew for whoever repeats a call, and stays as it is", func(t *testing.T, s store.Store) {
		user, answer := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u")), newAnswer("k", fixture.Noon)
		fixture.Must(t, s, remember(user, answer))
		fixture.Must(t, s, domain.Change{TenantID: user.TenantID, RepeatedAnswer: "k"})
		fixture.Same(t, recalled(t, s, user, "k", fixture.Noon), answer)
		fixture.WantErr(t, fixture.Commit(t, s, domain.Change{TenantID: user.TenantID, RepeatedAnswer: "other"}), domain.ErrConflict)
		fixture.WantErr(t, fixture.Commit(t, s, domain.Change{TenantID: fixture.NewTenant(t, s).ID, RepeatedAnswer: "k"}), domain.ErrConflict)
	}},
	{"comes with its user only", func(t *testing.T, s store.Store) {
		tenant, answer := fixture.NewTenant(t, s), newAnswer("k", fixture.Noon)
		if err := fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, Answer: &answer}); err == nil {
			t.Error("an answer was remembered without its user")
		}
		_, err := answerAt(t.Context(), s, tenant.ID, "k", fixture.Noon)
		fixture.WantErr(t, err, domain.ErrNotFound)
	}},
	{"comes with a new user, unless one is in the way", func(t *testing.T, s store.Store) {
		tenant, answer := fixture.NewTenant(t, s), newAnswer("k", fixture.Noon)
		fixture.Must(t, s, remember(fixture.NewUser(tenant.ID, "a"), answer))
		late := fixture.NewUser(tenant.ID, "b")
		fixture.WantErr(t, fixture.Commit(t, s, remember(late, answer)), domain.ErrConflict)
		_, err := s.User(t.Context(), tenant.ID, late.ID)
		fixture.WantErr(t, err, domain.ErrNotFound)
	}},
	{"in the way refuses its own change alone", refusesItsOwn},
	{"of n at once exactly one is remembered", func(t *testing.T, s store.Store) {
		user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
		for range 4 {
			user = fixture.Load(t, s, user)
			key := fixture.NewEventID()
			exactlyOne(t, 8, domain.ErrConflict, func(int) error {
				return fixture.Commit(t, s, remember(user, newAnswer(key, fixture.Noon)))
			})
			fixture.WantErr(t, fixture.Commit(t, s, remember(fixture.Load(t, s, user), newAnswer(key, fixture.Noon))), domain.ErrConflict)
		}
	}},
	{"of n batches at once exactly one remembers each", batchesOfAnswers},
}

func newAnswer(key string, at time.Time) domain.Answer {
	return domain.Answer{Key: key, Sealed: []byte{0, 255, '\''}, CreatedAt: at, ExpiresAt: at.Add(90 * time.Second)}
}

// remember is the change of a user that is answered by a.
func remember(u domain.User, a domain.Answer) domain.Change {
	return domain.Change{TenantID: u.TenantID, User: &u, Answer: &a}
}

// answerAt returns an answer that has not expired at a time, or domain.ErrNotFound.
func answerAt(ctx context.Context, s store.Store, tenantID, key string, at time.Time) (domain.Answer, error) {
	answer, err := s.Answer(ctx, domain.AnswerKey{TenantID: tenantID, Key: key})
	if err != nil || answer.ExpiresAt.After(at) {
		return answer, err
	}
	return domain.Answer{}, domain.ErrNotFound
}

func recalled(t *testing.T, s store.Store, u domain.User, key string, at time.Time) domain.Answer {
	t.Helper()
	found, err := answerAt(t.Context(), s, u.TenantID, key, at)
	fixture.WantErr(t, err, nil)
	return found
}

// refusesItsOwn commits a batch in which some find an answer of an earlier time,
// one that has not expired or one that has, and some are stale.
func refusesItsOwn(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	now := fixture.Noon.Add(time.Hour)
	var changes []domain.Change
	for n := range 12 {
		user := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, fmt.Sprintf("u%02d", n)))
		key := "key of " + user.ID
		if since := map[int]time.Duration{1: time.Minute, 2: time.Hour}[n%4]; since != 0 {
			fixture.Must(t, s, remember(user, newAnswer(key, now.Add(-since))))
			user = fixture.Load(t, s, user)
		}
		if n%4 == 3 {
			user.Version += 5
		}
		change := remember(user, newAnswer(key, now))
		change.Answer.Sealed = []byte(key)
		change.Events = []domain.Event{fixture.NewEvent(tenant.ID, user.ID)}
		if set := fixture.NewCodes(user, fixture.Noon); n%3 == 0 {
			change.Codes = &set
		}
		changes = append(changes, change)
	}
	for n, err := range s.Commit(t.Context(), changes) {
		refused := n%4 == 1 || n%4 == 3
		fixture.WantErr(t, err, map[bool]error{true: domain.ErrConflict}[refused])
		read := *changes[n].User
		if moved := fixture.Load(t, s, read).Version > read.Version; moved == refused {
			t.Errorf("change %d: the user moved: %v, error %v", n, moved, err)
		}
		told, _ := answerAt(t.Context(), s, tenant.ID, changes[n].Answer.Key, now)
		if kept := string(told.Sealed) == changes[n].Answer.Key; kept == refused {
			t.Errorf("change %d: the answer is kept: %v, error %v", n, kept, err)
		}
		fixture.Same(t, len(fixture.Codes(t, s, read).Codes), 8*b2i(n%3 == 0 && !refused))
	}
	fixture.Same(t, len(fixture.Trail(t, s, tenant.ID)), 6)
}

// batchesOfAnswers lets batches decide the same calls of the same users.
func batchesOfAnswers(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	var users []domain.User
	for n := range 8 {
		users = append(users, fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, fmt.Sprint("u", n))))
	}
	tries := make([][]error, 6)
	atOnce(len(tries), func(i int) {
		var changes []domain.Change
		for _, user := range users {
			change := remember(user, newAnswer("key of "+user.ID, fixture.Noon))
			change.Answer.Sealed = []byte{byte(i)}
			changes = append(changes, change)
		}
		tries[i] = s.Commit(t.Context(), changes)
	})
	for n, user := range users {
		var held []byte
		for i, errs := range tries {
			if errs[n] == nil {
				held = append(held, byte(i))
				continue
			}
			fixture.WantErr(t, errs[n], domain.ErrConflict)
		}
		fixture.Same(t, len(held), 1)
		fixture.Same(t, recalled(t, s, user, "key of "+user.ID, fixture.Noon).Sealed, held)
		fixture.Same(t, fixture.Load(t, s, user).Version, user.Version+1)
	}
}
