package repository_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/proofs/site"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
)

// The server behind the proxy commits whatever is said: what is answered as a
// failure, or as a success, must be known to be one.
func TestOnlyAWordThatIsCertainIsBelieved(t *testing.T) {
	t.Parallel()
	for _, c := range []serverMessage{
		{site.SayError, site.ServerMessage{SQLState: "08006"}, true},
		{site.SayError, site.ServerMessage{SQLState: "40003"}, true},
		{site.SayError, site.ServerMessage{SQLState: "53200"}, true},
		{site.SayError, site.ServerMessage{SQLState: "57014"}, true},
		{site.SayError, site.ServerMessage{SQLState: "57P01"}, true},
		{site.SayError, site.ServerMessage{SQLState: "XX000"}, true},
		{site.SayError, site.ServerMessage{SQLState: "23514"}, false},
		{site.SayError, site.ServerMessage{SQLState: "P0001"}, false},
		{site.SayWarning, site.ServerMessage{SQLState: "01000"}, true},
		{site.SayWarning, site.ServerMessage{SQLState: "08006"}, true},
		{site.SayWarning, site.ServerMessage{SQLState: "01000", File: "varsup.c"}, false},
	} {
		for name, changes := range map[string]func(*testing.T, *repository.Store, int) []domain.Change{
			"COMMIT": inATransaction, "a statement that commits itself": renamed, "an attempt": attempted,
		} {
			for _, mode := range c.modes() {
				t.Run(fmt.Sprint(c.message, c.fault, name, mode), func(t *testing.T) {
					t.Parallel()
					c.holds(t, mode, changes)
				})
			}
		}
	}
}

// serverMessage is what a server says of a COMMIT that it has carried out.
type serverMessage struct {
	fault   site.CommitFault
	message site.ServerMessage
	unknown bool
}

// modes are those in which the server's messages come in another order.
func (m serverMessage) modes() []string {
	if m.message.SQLState == "XX000" || m.message.SQLState == "01000" {
		return []string{"cache_statement", "exec", "simple_protocol"}
	}
	return []string{"cache_statement"}
}

func (m serverMessage) holds(t *testing.T, mode string, changes func(*testing.T, *repository.Store, int) []domain.Change) {
	database := dbtest.PostgreSQL(t)
	direct := migrated(t, database)
	proxy := site.NewProxy(t, database)
	store := open(t, with(proxy.URL(), "default_query_exec_mode="+mode), repository.Options{})
	sent := changes(t, store, 1)
	proxy.Set(site.Fault{Commit: m.fault, Message: m.message})
	err := store.Commit(t.Context(), sent)[0]
	proxy.Set(site.Fault{})
	switch {
	case proxy.Struck() != 1:
		t.Errorf("%d COMMITs were answered otherwise, want 1", proxy.Struck())
	case errors.Is(err, domain.ErrOutcomeUnknown) != m.unknown:
		t.Errorf("error is %v, want an unknown outcome: %v", err, m.unknown)
	case !m.unknown && (err == nil) != (m.fault == site.SayWarning):
		t.Errorf("error is %v", err)
	}
	user, err := direct.User(t.Context(), "acme", sent[0].User.ID)
	if err != nil || user.Version != sent[0].User.Version+1 {
		t.Errorf("the change does not hold (%v): this tests nothing", err)
	}
}
