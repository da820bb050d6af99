package repository_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/proofs/site"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
)

// The server behind the proxy commits whatever is said: what is answered as a
// failure, or as a success, must be known to be one.
func TestOnlyAWordThatIsCertainIsBelieved(t *testing.T) {
	t.Parallel()
	for _, c := range []word{
		{site.SayError, site.Word{SQLState: "08006"}, true},
		{site.SayError, site.Word{SQLState: "40003"}, true},
		{site.SayError, site.Word{SQLState: "53200"}, true},
		{site.SayError, site.Word{SQLState: "57014"}, true},
		{site.SayError, site.Word{SQLState: "57P01"}, true},
		{site.SayError, site.Word{SQLState: "XX000"}, true},
		{site.SayError, site.Word{SQLState: "23514"}, false},
		{site.SayError, site.Word{SQLState: "P0001"}, false},
		{site.SayWarning, site.Word{SQLState: "01000"}, true},
		{site.SayWarning, site.Word{SQLState: "08006"}, true},
		{site.SayWarning, site.Word{SQLState: "01000", File: "varsup.c"}, false},
	} {
		for name, changes := range map[string]func(*testing.T, *repository.Store, int) []domain.Change{
			"COMMIT": inATransaction, "a statement that commits itself": renamed,
		} {
			for _, mode := range c.modes() {
				t.Run(fmt.Sprint(c.word, c.fault, name, mode), func(t *testing.T) {
					t.Parallel()
					c.holds(t, mode, changes)
				})
			}
		}
	}
}

// word is what a server says of a COMMIT that it has carried out.
type word struct {
	fault   site.CommitFault
	word    site.Word
	unknown bool
}

// modes are those in which the server's messages come in another order.
func (w word) modes() []string {
	if w.word.SQLState == "XX000" || w.word.SQLState == "01000" {
		return []string{"cache_statement", "exec", "simple_protocol"}
	}
	return []string{"cache_statement"}
}

func (w word) holds(t *testing.T, mode string, changes func(*testing.T, *repository.Store, int) []domain.Change) {
	database := pgtest.URL(t)
	direct := migrated(t, database)
	proxy := site.NewProxy(t, database)
	store := open(t, with(proxy.URL(), "default_query_exec_mode="+mode), repository.Options{})
	sent := changes(t, store, 1)
	proxy.Set(site.Fault{Commit: w.fault, Word: w.word})
	err := store.Commit(t.Context(), sent)[0]
	proxy.Set(site.Fault{})
	switch {
	case proxy.Struck() != 1:
		t.Errorf("%d COMMITs were answered otherwise, want 1", proxy.Struck())
	case errors.Is(err, domain.ErrOutcomeUnknown) != w.unknown:
		t.Errorf("error is %v, want an unknown outcome: %v", err, w.unknown)
	case !w.unknown && (err == nil) != (w.fault == site.SayWarning):
		t.Errorf("error is %v", err)
	}
	user, err := direct.User(t.Context(), "acme", sent[0].User.ID)
	if err != nil || user.Version != sent[0].User.Version+1 {
		t.Errorf("the change does not hold (%v): this tests nothing", err)
	}
}
