package repository_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
)

// Whoever could make others' changes go one by one would slow down every tenant.
func TestARefusedChangeTearsNoBatchApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		spoil    func(*domain.Change)
		want     error // nil: any
		oneByOne bool
	}{
		{"an answer is in the way", func(c *domain.Change) { c.Answer.Key = "known" }, domain.ErrConflict, false},
		{"the version is another", func(c *domain.Change) { c.User.Version = 1 }, domain.ErrConflict, false},
		{"the user is another", func(c *domain.Change) { c.User.Incarnation++ }, domain.ErrConflict, false},
		{"the user exists", func(c *domain.Change) { c.User.Version, c.Answer = 0, nil }, domain.ErrConflict, false},
		{"the token is spent", func(c *domain.Change) {
			c.User, c.Answer, c.SpentTokens = nil, nil, []domain.SpentToken{{ID: "known", ExpiresAt: time.Now()}}
		}, domain.ErrTokenSpent, false},
		// What goes one by one is seen: the database refuses a row by an error.
		{"the role is none", func(c *domain.Change) { c.User.Role = "none" }, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onEachMigrated(t, func(t *testing.T, url string) {
				said := &statements{}
				store := open(t, url, repository.Options{Logger: slog.New(said), LogLevel: slog.LevelDebug})
				changes := answeredOnce(t, store)
				c.spoil(&changes[1])
				said.forget()
				for i, err := range store.Commit(t.Context(), changes) {
					if (err != nil) != (i == 1) || (c.want != nil && i == 1 && !errors.Is(err, c.want)) {
						t.Errorf("change %d: %v", i, err)
					}
				}
				if got := said.oneByOne(); got != c.oneByOne {
					t.Errorf("the changes went one by one: %v", got)
				}
			})
		})
	}
}

// answeredOnce stores users, a token and an answer under the name "known", and
// returns changes of the users, each with an answer.
func answeredOnce(t *testing.T, s *repository.Store) []domain.Change {
	t.Helper()
	now := time.Now()
	answer := func(key string) *domain.Answer {
		return &domain.Answer{Key: key, Sealed: []byte("sealed"), CreatedAt: now, ExpiresAt: now.Add(time.Minute)}
	}
	changes := newUsers(5)
	mustCommit(t, s, changes...)
	for i := range changes {
		changes[i].User.Version = 1
	}
	changes[1].Answer = answer("known")
	mustCommit(t, s, changes[1],
		domain.Change{TenantID: "acme", SpentTokens: []domain.SpentToken{{ID: "known", ExpiresAt: now}}})
	changes[1].User.Version = 2
	for i := range changes {
		changes[i].Answer = answer(fmt.Sprint("new-", i))
	}
	return changes
}

func mustCommit(t *testing.T, s *repository.Store, changes ...domain.Change) {
	t.Helper()
	for _, err := range s.Commit(t.Context(), changes) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (s *statements) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = nil
}

// oneByOne reports that a user was changed by a statement of that user alone. In
// a batch PostgreSQL changes all in one, and SQLite by statements that
// are not logged.
func (s *statements) oneByOne() bool {
	for _, statement := range s.distinct() {
		if strings.HasPrefix(statement, "UPDATE users") {
			return true
		}
	}
	return false
}
