package service_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/policy"
	"github.com/countersign/countersign/service/readiness"
	"github.com/countersign/countersign/service/token"
)

// lists are the calls that list or count.
func (w *world) lists() map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"events": func(ctx context.Context) error {
			_, err := w.svc.ListEvents(ctx, w.key, domain.EventFilter{Limit: 1})
			return err
		},
		"users": func(ctx context.Context) error {
			_, err := w.svc.ListUsers(ctx, w.key, domain.UserFilter{Limit: 1})
			return err
		},
		"status of many": func(ctx context.Context) error {
			_, err := w.svc.UsersStatus(ctx, w.key, []string{"ada", "bob"})
			return err
		},
		"preview": func(ctx context.Context) error {
			_, err := w.svc.PreviewPolicy(ctx, w.key, policy.PreviewInput{Mandatory: true})
			return err
		},
	}
}

// More lists than there are connections of any kind wait for a lock that somebody holds.
func TestListsThatWaitHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	w := newWorld(t, url)
	ada := w.enroll("ada", domain.RoleMember)
	conn, err := pgx.Connect(w.ctx, url)
	w.ok(err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	w.ok(w.lists()["preview"](w.ctx)) // the statement is known then, and each asks for a connection
	lock, err := conn.Begin(w.ctx)
	w.ok(err)
	_, err = lock.Exec(w.ctx, "LOCK TABLE standings IN ACCESS EXCLUSIVE MODE")
	w.ok(err)
	blocked, release := context.WithCancel(w.ctx)
	previews := make(chan error, 40)
	for range cap(previews) {
		go func() { previews <- w.lists()["preview"](blocked) }()
	}
	w.waitForLocks(lock, 4)
	for name, list := range w.lists() {
		ctx, cancel := context.WithTimeout(w.ctx, 50*time.Millisecond)
		if err := list(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s did not wait for other lists: %v", name, err)
		}
		cancel()
	}
	ctx, cancel := context.WithTimeout(w.ctx, 4*time.Second) // less than a list may take
	defer cancel()
	w.ctx = ctx
	w.ok(ada.verify(w.replica(), ada.code(1)))
	_, err = w.svc.Decide(ctx, w.key, token.DecideInput{UserID: "ada"})
	w.ok(err)
	if ready := w.probed(w.svc); ready.Database != readiness.FindingOK {
		t.Errorf("not ready: %+v", ready)
	}
	release()
	w.ok(lock.Rollback(ctx))
	for range cap(previews) {
		<-previews
	}
}

// waitForLocks returns when so many sessions wait for a lock.
func (w *world) waitForLocks(conn pgx.Tx, want int) {
	w.Helper()
	for waiting := 0; waiting < want; {
		w.ok(conn.QueryRow(w.ctx, `
			SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'standings'::regclass`).Scan(&waiting))
	}
}

// A statement that the server ends for its time is refused, and is no failure of the service.
func TestAListThatTheServerEndsIsRefusedWithTheRemedy(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	w := newWorld(t, url)
	conn, err := pgx.Connect(w.ctx, url)
	w.ok(err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	store, err := repository.Open(w.ctx, url, repository.Options{ListTimeout: 20 * time.Millisecond})
	w.ok(err)
	t.Cleanup(func() { _ = store.Close() })
	w.store = store
	w.svc = w.replica()
	_, err = w.svc.GetPolicy(w.ctx, w.key) // is remembered
	w.ok(err)
	for table, names := range map[string][]string{"standings": {"preview"}, "users": {"users", "status of many"}, "audit_events": {"events"}} {
		lock, err := conn.Begin(w.ctx)
		w.ok(err)
		_, err = lock.Exec(w.ctx, "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE")
		w.ok(err)
		for _, name := range names {
			err := w.lists()[name](w.ctx)
			wantCode(t, err, domain.CodeUnavailable)
			var refusal *domain.Error
			if errors.As(err, &refusal) && !strings.Contains(refusal.Detail, "takes too long now") {
				t.Errorf("%s: %s", name, refusal.Detail)
			}
		}
		w.ok(lock.Rollback(w.ctx))
	}
}
