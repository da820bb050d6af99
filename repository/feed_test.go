package repository_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/feed"
	"github.com/countersign/countersign/repository/repotest/parttest"
	"github.com/countersign/countersign/service/store"
)

func TestTheFeedKeepsItsContract(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parttest.RunFeed(t, func(t *testing.T) (store.Store, store.Feed) {
				s := open(t, url(t), repository.Options{})
				return s, s.Feed()
			})
		})
	}
}

// feedOfPostgres is a feed, and a session beside it that writes events itself.
type feedOfPostgres struct {
	*testing.T
	feed *feed.Feed
	conn *pgx.Conn
	url  string
}

func newFeedOfPostgres(t *testing.T) feedOfPostgres {
	url := dbtest.PostgreSQL(t)
	return feedOfPostgres{t, open(t, url, repository.Options{}).Feed(), connect(t, url), url}
}

// begin starts a transaction in a session of its own, which has written an event.
func (f feedOfPostgres) begin(eventID string) pgx.Tx {
	f.Helper()
	tx, err := connect(f.T, f.url).Begin(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.write(tx, eventID)
	return tx
}

type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func (f feedOfPostgres) write(on executor, eventID string) {
	f.Helper()
	if _, err := on.Exec(f.Context(), `INSERT INTO audit_events (tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id,
		actor_user_id, address, request_id, factor_id, reason, details)
		VALUES ('acme', $1, now(), 'verification', 'success', 'ada', 'operator', '', '', '', '', '', '', '{}')`, eventID); err != nil {
		f.Fatal(err)
	}
}

func (f feedOfPostgres) want(eventIDs ...string) {
	f.Helper()
	if _, err := f.feed.SequenceEvents(f.Context()); err != nil {
		f.Fatal(err)
	}
	events, err := f.feed.EventsAfter(f.Context(), "acme", 0, 100)
	if err != nil {
		f.Fatal(err)
	}
	var got []string
	for _, e := range events {
		got = append(got, e.ID)
	}
	if diff := cmp.Diff(eventIDs, got); diff != "" {
		f.Errorf("told (-want +got):\n%s", diff)
	}
}

func ended(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestATransactionThatStallsDelaysNoOtherAndIsToldWhenItCommits(t *testing.T) {
	t.Parallel()
	f := newFeedOfPostgres(t)
	stalled, further := f.begin("a"), f.begin("b")
	f.write(f.conn, "c")
	f.want("c")
	gone := f.begin("d")
	f.write(f.conn, "e")
	f.want("c", "e")
	ended(t, gone.Rollback(t.Context()))
	ended(t, further.Commit(t.Context()))
	f.want("c", "e", "b")
	part, err := stalled.Begin(t.Context()) // a savepoint has an id of its own, which no row says
	ended(t, err)
	f.write(part, "f")
	ended(t, part.Commit(t.Context()))
	f.write(f.conn, "g")
	f.want("c", "e", "b", "g")
	ended(t, stalled.Commit(t.Context()))
	f.want("c", "e", "b", "g", "a", "f")
}

// It may write nothing of ours, and be of another database of the server.
func TestALongTransactionOfSomebodyElseDelaysNoEvent(t *testing.T) {
	t.Parallel()
	f := newFeedOfPostgres(t)
	tx, err := connect(t, f.url).Begin(t.Context())
	ended(t, err)
	_, err = tx.Exec(t.Context(), "SELECT pg_current_xact_id()")
	ended(t, err)
	for _, id := range []string{"a", "b"} {
		f.write(f.conn, id)
	}
	f.want("a", "b")
	f.write(f.conn, "c")
	f.want("a", "b", "c")
	ended(t, tx.Commit(t.Context()))
	f.want("a", "b", "c")
}

func TestWhoNumbersEventsKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	f := newFeedOfPostgres(t)
	f.write(f.conn, "a")
	held, err := connect(t, f.url).Begin(t.Context())
	ended(t, err)
	_, err = held.Exec(t.Context(), "SELECT FROM event_sequencer FOR UPDATE")
	ended(t, err)
	f.want()
	f.write(f.conn, "b")
	ended(t, held.Rollback(t.Context()))
	f.want("a", "b")
}

// A copy has the rows of another server, with its ids of transactions.
func TestACopyOfTheDatabaseTellsEachEventOnce(t *testing.T) {
	t.Parallel()
	f := newFeedOfPostgres(t)
	f.write(f.conn, "a")
	f.want("a")
	f.write(f.conn, "b") // not numbered yet
	exec(t, f.conn, "UPDATE audit_events SET xact_id = ((xact_id::text::bigint + 10000000)::text)::xid8")
	exec(t, f.conn, "UPDATE event_sequencer SET snapshot = format('%s:%1$s:', pg_snapshot_xmax(snapshot)::text::bigint + 10000000)::pg_snapshot")
	f.write(f.conn, "c") // before anybody has looked
	running := f.begin("d")
	if _, err := f.feed.SequenceEvents(t.Context()); !errors.Is(err, feed.ErrCopied) {
		t.Errorf("a copy that nobody has adopted: %v", err)
	}
	for range 2 { // the second time there is nothing to do
		ended(t, f.feed.AdoptCopy(t.Context()))
	}
	f.want("a", "b", "c")
	f.write(f.conn, "e")
	f.want("a", "b", "c", "e")
	ended(t, running.Commit(t.Context()))
	f.want("a", "b", "c", "e", "d")
}
