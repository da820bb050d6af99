package batch

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// oneUserStore is a store of one user, in a state that a test sets, whose commits end
// as it says.
type oneUserStore struct {
	oneWriter
	stored  domain.User
	commit  func(ctx context.Context, changes []domain.Change) []error
	sharing []int // of each commit that an observer is told of
}

func (l *oneUserStore) User(context.Context, string, string) (domain.User, error) {
	return l.stored, nil
}

func (l *oneUserStore) Commit(ctx context.Context, changes []domain.Change) []error {
	return l.commit(ctx, changes)
}

func (l *oneUserStore) Committed(decisions int, _ time.Duration) {
	l.sharing = append(l.sharing, decisions)
}

// ends commits nothing, and says so of each change.
func ends(err error) func(context.Context, []domain.Change) []error {
	return func(_ context.Context, changes []domain.Change) []error {
		errs := make([]error, len(changes))
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
}

func panics(context.Context, []domain.Change) []error { panic("the store") }

// ada is a user in some state.
func ada(incarnation, version int64) domain.User {
	return domain.User{TenantID: "t", ID: "ada", Incarnation: incarnation, Version: version}
}

// hinted spells what a store remembers of ada.
func hinted(s *Store) string {
	u, ok := s.Hint("t", "ada")
	if !ok {
		return "nothing"
	}
	return fmt.Sprintf("%d.%d", u.Incarnation, u.Version)
}

func TestAHintNeverOutlivesACommitOfThisProcess(t *testing.T) {
	t.Parallel()
	save := func(u domain.User) domain.Change { return domain.Change{TenantID: "t", User: &u} }
	remove := func(u domain.User) domain.Change {
		return domain.Change{TenantID: "t", User: &u, DeleteUser: true}
	}
	other := domain.Change{TenantID: "t", User: &domain.User{TenantID: "t", ID: "bob", Version: 1}}
	alone := func(u domain.User) domain.Change {
		return domain.Change{TenantID: "t", User: &u, Custody: domain.CustodyViewable}
	}
	for name, c := range map[string]struct {
		known   domain.User // Incarnation 0: nobody
		changes []domain.Change
		bulk    bool
		commit  func(context.Context, []domain.Change) []error
		want    string
	}{
		"a change that holds":                      {ada(1, 4), []domain.Change{save(ada(1, 4))}, false, ends(nil), "1.5"},
		"of somebody who was not known":            {ada(0, 0), []domain.Change{save(ada(1, 4))}, false, ends(nil), "1.5"},
		"one that takes the tenant's row":          {ada(1, 4), []domain.Change{alone(ada(1, 4))}, false, ends(nil), "1.5"},
		"a new incarnation":                        {ada(1, 4), []domain.Change{save(ada(2, 0))}, false, ends(nil), "2.1"},
		"another user's":                           {ada(1, 4), []domain.Change{other}, false, ends(nil), "1.4"},
		"a deletion":                               {ada(1, 4), []domain.Change{remove(ada(1, 4))}, false, ends(nil), "nothing"},
		"a conflict on what is known":              {ada(1, 4), []domain.Change{save(ada(1, 4))}, false, ends(domain.ErrConflict), "nothing"},
		"a conflict on what is older":              {ada(1, 4), []domain.Change{save(ada(1, 3))}, false, ends(domain.ErrConflict), "1.4"},
		"a conflict on another incarnation":        {ada(1, 4), []domain.Change{save(ada(2, 3))}, false, ends(domain.ErrConflict), "nothing"},
		"an unknown outcome":                       {ada(1, 4), []domain.Change{save(ada(1, 4))}, false, ends(domain.ErrOutcomeUnknown), "nothing"},
		"of a change of what is older":             {ada(1, 4), []domain.Change{save(ada(1, 3))}, false, ends(domain.ErrOutcomeUnknown), "nothing"},
		"a failure":                                {ada(1, 4), []domain.Change{save(ada(1, 4))}, false, ends(errors.New("broken")), "nothing"},
		"a panic":                                  {ada(1, 4), []domain.Change{save(ada(1, 4))}, false, panics, "nothing"},
		"in bulk":                                  {ada(1, 4), []domain.Change{save(ada(1, 4))}, true, ends(nil), "nothing"},
		"in bulk, of somebody who was not known":   {ada(0, 0), []domain.Change{save(ada(1, 4))}, true, ends(nil), "nothing"},
		"in bulk, and refused":                     {ada(1, 4), []domain.Change{save(ada(1, 4))}, true, ends(domain.ErrConflict), "nothing"},
		"in bulk, and panicking":                   {ada(1, 4), []domain.Change{save(ada(1, 4))}, true, panics, "nothing"},
		"in bulk, another user's":                  {ada(1, 4), []domain.Change{other}, true, ends(nil), "1.4"},
		"with others":                              {ada(1, 4), []domain.Change{other, save(ada(1, 4))}, false, ends(nil), "nothing"},
		"a change of no user, in bulk":             {ada(1, 4), []domain.Change{{TenantID: "t"}}, true, ends(nil), "1.4"},
		"a change of no user":                      {ada(1, 4), []domain.Change{{TenantID: "t"}}, false, ends(nil), "1.4"},
		"nothing at all":                           {ada(1, 4), nil, false, ends(nil), "1.4"},
		"a change that holds, of an earlier state": {ada(1, 9), []domain.Change{save(ada(1, 4))}, false, ends(nil), "1.9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &oneUserStore{stored: c.known, commit: c.commit}
			s := New(l, nil)
			if c.known.Incarnation > 0 {
				if _, err := s.User(t.Context(), "t", "ada"); err != nil {
					t.Fatal(err)
				}
			}
			ctx := t.Context()
			if c.bulk {
				ctx = store.Bulk(ctx)
			}
			func() {
				defer func() { _ = recover() }() // of the test's own panic
				s.Commit(ctx, c.changes)
			}()
			if got := hinted(s); got != c.want {
				t.Errorf("%s is remembered, want %s", got, c.want)
			}
		})
	}
}

// Whoever reads does not replace what was committed meanwhile.
func TestAHintIsTheLatestStateThatWasSeen(t *testing.T) {
	t.Parallel()
	l := &oneUserStore{}
	s := New(l, nil)
	for _, c := range []struct {
		read domain.User
		want string
	}{
		{ada(1, 3), "1.3"}, {ada(1, 5), "1.5"}, {ada(1, 4), "1.5"}, {ada(1, 5), "1.5"}, {ada(2, 1), "2.1"}, {ada(1, 9), "1.9"},
	} {
		l.stored = c.read
		if _, err := s.User(t.Context(), "t", "ada"); err != nil {
			t.Fatal(err)
		}
		if got := hinted(s); got != c.want {
			t.Errorf("after %d.%d, %s is remembered, want %s", c.read.Incarnation, c.read.Version, got, c.want)
		}
	}
	if _, ok := s.Hint("u", "ada"); ok {
		t.Error("another tenant's user is shown")
	}
}
