package repository_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/service/domain"
)

// Somebody else is about to commit what takes the authority away, or the
// custody: a change that rests on it must wait for the outcome.
func TestWhatADecisionRestsOnIsHeldUntilItCommits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lost string
		rest func(*domain.Change, domain.User)
	}{
		"the actor": {
			"UPDATE users SET version = version + 1 WHERE user_id = '0'",
			func(c *domain.Change, actor domain.User) { c.Actor = &actor },
		},
		"the custody": {
			"UPDATE tenants SET custody = 'hash_only'",
			func(c *domain.Change, _ domain.User) { c.Custody = domain.CustodyViewable },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := dbtest.PostgreSQL(t)
			store := migrated(t, database)
			tenant := domain.Tenant{ID: "acme", Edition: domain.EditionServer, Policy: domain.DefaultPolicy()}
			change := newUsers(2)[1]
			for _, first := range []domain.Change{{TenantID: "acme", Tenant: &tenant}, newUsers(1)[0]} {
				if err := store.Commit(t.Context(), []domain.Change{first})[0]; err != nil {
					t.Fatal(err)
				}
			}
			actor, err := store.User(t.Context(), "acme", "0")
			if err != nil {
				t.Fatal(err)
			}
			c.rest(&change, actor)
			other := begin(t, connect(t, database), c.lost)
			committed := make(chan error, 1)
			go func() { committed <- store.Commit(t.Context(), []domain.Change{change})[0] }()
			waitForALock(t, connect(t, database), committed)
			if err := other.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-committed; !errors.Is(err, domain.ErrConflict) {
				t.Errorf("error is %v, want a conflict", err)
			}
		})
	}
}

func begin(t *testing.T, conn *pgx.Conn, statement string) pgx.Tx {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tag, err := tx.Exec(t.Context(), statement); err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%s: %v, %v", statement, tag, err)
	}
	return tx
}

// waitForALock returns when some session of the database waits for a row.
func waitForALock(t *testing.T, conn *pgx.Conn, committed <-chan error) {
	t.Helper()
	for waiting := 0; waiting == 0; {
		select {
		case err := <-committed:
			t.Fatalf("it did not wait, and ended with %v", err)
		default:
		}
		err := conn.QueryRow(t.Context(), `
			SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}
