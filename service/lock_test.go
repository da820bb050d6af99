package service_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/service/domain"
)

// Somebody holds the row of a user, as a slow transaction of an administrator
// would: who must wait for that row waits, and everybody else logs in.
func TestALockedRowHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	w := newWorld(t, url)
	held, free := w.enroll("held", domain.RoleMember), w.enroll("free", domain.RoleMember)
	conn, err := pgx.Connect(w.ctx, url)
	w.ok(err)
	t.Cleanup(func() { _ = conn.Close(w.ctx) })
	lock, err := conn.Begin(w.ctx)
	w.ok(err)
	_, err = lock.Exec(w.ctx, "SELECT FROM users WHERE user_id = $1 FOR UPDATE", held.userID)
	w.ok(err)
	waited := make(chan error, 1)
	go func() { waited <- held.verify(w.svc, held.code(1)) }()
	w.waitForALock(conn)
	w.ok(free.verify(w.svc, free.code(1)))
	select {
	case err := <-waited:
		t.Fatalf("it did not wait for the row, and ended with %v", err)
	default:
	}
	w.ok(lock.Rollback(w.ctx))
	w.ok(<-waited)
}

// waitForALock returns when a session waits for a lock.
func (w *world) waitForALock(conn *pgx.Conn) {
	w.Helper()
	for waiting := 0; waiting == 0; {
		w.ok(conn.QueryRow(w.ctx, `
			SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting))
	}
}
