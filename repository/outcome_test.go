package repository_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
)

func TestWhatABreakOfTheConnectionMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		changes func(*testing.T, *repository.Store, int) []domain.Change
		breakAt string
		passes  bool // what breaks the connection still reaches the server
		unknown bool
		holds   bool
	}{
		{"before the change", inATransaction, "users", false, false, false},
		{"before COMMIT arrives", inATransaction, commitQuery, false, true, false},
		{"after COMMIT arrived", inATransaction, commitQuery, true, true, true},
		{"before a statement arrives that commits itself", renamed, newName, false, true, false},
		{"after a statement arrived that commits itself", renamed, newName, true, true, true},
		{"before an attempt arrives", attempted, newName, false, true, false},
		{"after an attempt arrived", attempted, newName, true, true, true},
	} {
		for _, size := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s, %d at once", c.name, size), func(t *testing.T) {
				t.Parallel()
				database := dbtest.PostgreSQL(t)
				direct := migrated(t, database)
				proxy := newProxy(t, database, c.passes)
				store := open(t, proxy.url, repository.Options{})
				changes := c.changes(t, store, size)
				proxy.breakAt.Store(&c.breakAt)
				for _, err := range store.Commit(t.Context(), changes) {
					if unknown := errors.Is(err, domain.ErrOutcomeUnknown); err == nil || unknown != c.unknown {
						t.Errorf("error is %v, want an unknown outcome: %v", err, c.unknown)
					}
				}
				for _, change := range changes {
					if got := isStored(t, direct, *change.User); got != c.holds {
						t.Errorf("user %s is stored: %v, want %v", change.User.ID, got, c.holds)
					}
				}
			})
		}
	}
}

// inATransaction are changes that take more than one statement.
func inATransaction(_ *testing.T, _ *repository.Store, n int) []domain.Change { return newUsers(n) }

// The server sends the rows of a statement, and that it is complete, before it
// commits: what refuses then must not be taken for a success.
func TestASuccessIsToldOnlyWhenTheServerHasCommitted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size int
		make func(*testing.T, *repository.Store, int) []domain.Change
	}{
		"an attempt alone": {1, attempted}, "one": {1, renamed}, "3 at once": {3, renamed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := dbtest.PostgreSQL(t)
			store := migrated(t, database)
			size := c.size
			changes := c.make(t, store, size)
			refuseAtCommit(t, database, changes[0].User.ID)
			for i, err := range store.Commit(t.Context(), changes) {
				if refused := err != nil; refused != (i == 0) {
					t.Errorf("change %d of %d: error is %v, want one: %v", i+1, size, err, i == 0)
				}
				if errors.Is(err, domain.ErrOutcomeUnknown) {
					t.Errorf("the server said that it was rolled back: %v", err)
				}
			}
			for i, change := range changes {
				got, err := store.User(t.Context(), change.TenantID, change.User.ID)
				if err != nil {
					t.Fatal(err)
				}
				if renamed := got.DisplayName == newName; renamed != (i != 0) {
					t.Errorf("change %d of %d holds: %v, want %v", i+1, size, renamed, i != 0)
				}
			}
		})
	}
}

func refuseAtCommit(t *testing.T, database, userID string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	_, err = conn.Exec(t.Context(), `
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused at commit'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON users DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.user_id = '`+userID+`') EXECUTE FUNCTION refuse()`)
	if err != nil {
		t.Fatal(err)
	}
}

// commitQuery is a whole text: what begins a transaction names READ COMMITTED.
const commitQuery = "commit\x00"

// newName is in the parameters of the statement that gives it, and in no other.
const newName = "renamed"

// renamed creates n users, changes them once, so that the statement which
// changes users is prepared, and returns changes that give them a new name.
func renamed(t *testing.T, s *repository.Store, n int) []domain.Change {
	t.Helper()
	return changedTwice(t, s, newUsers(n), func() []domain.Event { return nil })
}

// attempted is renamed with an event for each change, as an attempt has one.
func attempted(t *testing.T, s *repository.Store, n int) []domain.Change {
	t.Helper()
	return changedTwice(t, s, newUsers(n), func() []domain.Event { return []domain.Event{fixture.NewEvent("acme", "")} })
}

func changedTwice(t *testing.T, s *repository.Store, changes []domain.Change, events func() []domain.Event) []domain.Change {
	t.Helper()
	for version, name := range []string{"", "", newName} {
		for i, change := range changes {
			change.User.Version, change.User.DisplayName = int64(version), name
			changes[i].Events = events()
		}
		if name == newName {
			break
		}
		for _, err := range s.Commit(t.Context(), changes) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return changes
}

func TestWhoLeavesDuringCOMMITDoesNotEndIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		leaveAt string
		changes func(*testing.T, *repository.Store, int) []domain.Change
	}{
		{"a transaction", commitQuery, inATransaction},
		{"a statement that commits itself", newName, renamed},
		{"an attempt", newName, attempted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			database := dbtest.PostgreSQL(t)
			direct := migrated(t, database)
			proxy := newProxy(t, database, true)
			ctx, leave := context.WithCancel(t.Context())
			proxy.leave = leave
			store := open(t, proxy.url, repository.Options{})
			changes := c.changes(t, store, 1)
			proxy.breakAt.Store(&c.leaveAt)
			if err := store.Commit(ctx, changes)[0]; err != nil {
				t.Errorf("the COMMIT ended with its caller: %v", err)
			}
			if ctx.Err() == nil {
				t.Error("nobody left: this tests nothing")
			}
			if !isStored(t, direct, *changes[0].User) {
				t.Error("the change does not hold")
			}
		})
	}
}

func newUsers(n int) (changes []domain.Change) {
	for i := range n {
		changes = append(changes, domain.Change{TenantID: "acme", User: &domain.User{
			TenantID: "acme", ID: fmt.Sprint(i), Incarnation: 1,
			Profile: domain.Profile{Username: "users", AuthSource: domain.AuthLocal, Role: domain.RoleMember},
		}})
	}
	return changes
}

// isStored asks by an insertion: unlike a read, it waits for what has reached
// the server.
func isStored(t *testing.T, s *repository.Store, u domain.User) bool {
	t.Helper()
	err := s.Commit(t.Context(), []domain.Change{{TenantID: u.TenantID, User: &u}})[0]
	if err != nil && !errors.Is(err, domain.ErrConflict) {
		t.Error(err)
	}
	return err != nil
}

// proxy stands between the store and its server and breaks every connection
// over which the armed text goes.
type proxy struct {
	url     string
	server  string
	passes  bool
	breakAt atomic.Pointer[string]
	leave   func() // when set, is called instead of breaking the connection
}

func newProxy(t *testing.T, database string, passes bool) *proxy {
	t.Helper()
	target, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	p := &proxy{server: target.Host, passes: passes}
	target.Host = listener.Addr().String()
	p.url = target.String()
	go p.serve(listener)
	return p
}

func (p *proxy) armed(said []byte) bool {
	text := p.breakAt.Load()
	return text != nil && bytes.Contains(said, []byte(*text))
}

func (p *proxy) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		conn, answers := &clientConn{Conn: client}, make(chan struct{})
		go func() {
			defer close(answers)
			_, _ = io.Copy(conn, server)
			_ = client.Close()
		}()
		go p.forward(conn, server, answers)
	}
}

// clientConn is the connection of a client, to whom nothing is written once it is muted.
type clientConn struct {
	net.Conn
	muted atomic.Bool
}

func (e *clientConn) Write(answer []byte) (int, error) {
	if e.muted.Load() {
		return len(answer), nil
	}
	return e.Conn.Write(answer)
}

// forward sends what the client says, until it says what breaks it: the client
// then hears no more, and that it is cut off only when the server is done.
func (p *proxy) forward(client *clientConn, server net.Conn, answers <-chan struct{}) {
	defer server.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if p.leave != nil && p.armed(buffer[:n]) {
			p.leave()
		} else if p.armed(buffer[:n]) {
			client.muted.Store(true)
			if p.passes {
				_, _ = server.Write(buffer[:n])
				_ = server.(*net.TCPConn).CloseWrite()
				<-answers
			}
			_ = client.Close()
			return
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}
