package repository_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/webhook"
)

// longBacklogSQL is a webhook that is paused with 1,200 deliveries that wait, and 1,200 that were given up.
const longBacklogSQL = `
INSERT INTO webhooks VALUES ('acme', 'wh_long', 'https://example.com', '[]', 'sealed', NULL, NULL, 'paused', '', NULL, 5000, 0, '2026-10-01 00:00:00+00:00', '', NULL, NULL, '', NULL);
INSERT INTO webhook_deliveries WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
    SELECT 'acme', 'wh_long', i, 1, '2099-12-01 00:00:00+00:00', 'timeout' FROM n;
INSERT INTO webhook_deliveries WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
    SELECT 'acme', 'wh_long', 2000 + i, 10, NULL, 'timeout' FROM n`

var longBacklog = webhook.Key{TenantID: "acme", ID: "wh_long"}

// changed collects how many deliveries each statement changed, as the log says, and calls then after each.
type changed struct {
	slog.Handler
	mu   sync.Mutex
	rows []int64
	then func()
	// written are the tables that were written to, one after the other.
	written []string
}

func (c *changed) Enabled(context.Context, slog.Level) bool { return true }

func (c *changed) Handle(_ context.Context, record slog.Record) error {
	var statement string
	var rows int64
	record.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "sql":
			statement = a.Value.String()
		case "rows":
			rows = a.Value.Int64()
		}
		return true
	})
	verb, _, _ := strings.Cut(statement, " ")
	if words := strings.Fields(statement); strings.Contains(statement, "webhook") && verb != "SELECT" {
		c.mu.Lock()
		c.written = append(c.written, strings.Trim(words[map[string]int{"UPDATE": 1, "DELETE": 2, "INSERT": 2}[verb]], "`\""))
		c.mu.Unlock()
	}
	if strings.HasPrefix(statement, "UPDATE webhook_deliveries") || strings.HasPrefix(statement, "DELETE FROM webhook_deliveries") {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.rows = append(c.rows, rows)
		c.then()
	}
	return nil
}

// addLongBacklog adds it to a database.
func addLongBacklog(t *testing.T, url string) {
	t.Helper()
	path, isFile := strings.CutPrefix(url, "sqlite:")
	db, err := sql.Open(map[bool]string{true: "sqlite", false: "pgx"}[isFile], path)
	ended(t, err)
	defer db.Close()
	for statement := range strings.SplitSeq(longBacklogSQL, ";") {
		_, err = db.ExecContext(t.Context(), statement)
		ended(t, err)
	}
}

// withLongBacklog opens a database that has it, and says what is changed there.
func withLongBacklog(t *testing.T, url string) (webhook.Store, *changed) {
	t.Helper()
	addLongBacklog(t, url)
	said := &changed{then: func() {}}
	return open(t, url, repository.Options{Logger: slog.New(said), LogLevel: slog.LevelDebug}).Webhooks(), said
}

// operatorChanges are what an operator does to all deliveries of a webhook.
var operatorChanges = map[string]func(context.Context, webhook.Store) error{
	"resume": func(ctx context.Context, s webhook.Store) error { return s.Resume(ctx, longBacklog, time.Now()) },
	"replay": func(ctx context.Context, s webhook.Store) error { return s.Rewind(ctx, longBacklog, 0) },
	"retry": func(ctx context.Context, s webhook.Store) error {
		_, err := s.RetryGivenUp(ctx, longBacklog, time.Now())
		return err
	},
	"delete": func(ctx context.Context, s webhook.Store) error { return s.Delete(ctx, longBacklog, time.Now(), nil) },
	"trim": func(ctx context.Context, s webhook.Store) error {
		_, err := s.TrimGivenUp(ctx, longBacklog, 10)
		return err
	},
}

func TestWhatChangesAllDeliveriesOfAWebhookDoesItInBatches(t *testing.T) {
	t.Parallel()
	onEachMigrated(t, func(t *testing.T, url string) {
		for _, name := range []string{"trim", "retry", "resume", "replay", "delete"} {
			s, said := withLongBacklog(t, url)
			ended(t, operatorChanges[name](t.Context(), s))
			var sum int64
			for _, n := range said.rows {
				sum += n
				if n > 500 {
					t.Errorf("%s changes %d deliveries by one statement", name, n)
				}
			}
			if sum < 1190 {
				t.Errorf("%s changes %d deliveries", name, sum)
			}
			if err := s.Delete(t.Context(), longBacklog, time.Now(), nil); err != nil && !errors.Is(err, domain.ErrNotFound) {
				t.Fatal(err)
			}
		}
	})
}

// Whoever is interrupted loses nothing: what was changed holds, and doing it again completes it.
func TestAReplayThatIsInterruptedHasForgottenNothingThatItDoesNotTell(t *testing.T) {
	t.Parallel()
	onEachMigrated(t, func(t *testing.T, url string) {
		s, said := withLongBacklog(t, url)
		ctx, cancel := context.WithCancel(t.Context())
		said.then = func() {
			if len(said.rows) == 2 {
				cancel()
			}
		}
		if err := s.Rewind(ctx, longBacklog, 0); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		kept, err := s.Backlog(t.Context(), longBacklog, webhook.Backlog{Waiting: 10_000, GivenUp: 10_000})
		ended(t, err)
		hooks, err := s.Webhooks(t.Context())
		ended(t, err)
		// The first batch holds: of those given up 700 are left, the latest at 2700.
		if kept != (webhook.Backlog{Waiting: 1200, GivenUp: 700}) || hooks[0].Position != 2700 {
			t.Errorf("%+v are kept, and what comes after %d is told", kept, hooks[0].Position)
		}
		ended(t, s.Rewind(t.Context(), longBacklog, 0))
		if kept, err = s.Backlog(t.Context(), longBacklog, webhook.Backlog{Waiting: 10_000, GivenUp: 10_000}); err != nil || kept != (webhook.Backlog{}) {
			t.Errorf("%+v are kept, %v", kept, err)
		}
	})
}

// Who resumed it would send a part of what waits. The trail says that it was paused, and that it is
// deleted when it is.
func TestADeletionThatIsInterruptedIsAPauseInTheTrailAndIsCompletedAndNothingElse(t *testing.T) {
	t.Parallel()
	onEachMigrated(t, func(t *testing.T, url string) {
		s, said := withLongBacklog(t, url)
		ended(t, s.Resume(t.Context(), longBacklog, time.Now()))
		said.rows = nil
		ctx, cancel := context.WithCancel(t.Context())
		said.then = func() {
			if len(said.rows) == 2 {
				cancel()
			}
		}
		paused, deleted := fixture.NewEvent("acme", ""), fixture.NewEvent("acme", "")
		if err := s.Delete(ctx, longBacklog, time.Now(), []domain.Event{paused}, deleted); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		_, retried := s.RetryGivenUp(t.Context(), longBacklog, time.Now(), fixture.NewEvent("acme", ""))
		for name, err := range map[string]error{
			"resumed":    s.Resume(t.Context(), longBacklog, time.Now(), fixture.NewEvent("acme", "")),
			"replayed":   s.Rewind(t.Context(), longBacklog, 0, fixture.NewEvent("acme", "")),
			"retried":    retried,
			"given keys": s.Rotate(t.Context(), longBacklog, []byte("sealed"), time.Now(), fixture.NewEvent("acme", "")),
		} {
			if err == nil || !strings.Contains(err.Error(), "countersign webhook delete "+longBacklog.ID) {
				t.Errorf("it is %s: %v", name, err)
			}
		}
		hooks, err := s.Webhooks(t.Context())
		ended(t, err)
		if hooks[0].State != webhook.Paused || hooks[0].PausedReason != webhook.PausedToBeDeleted {
			t.Errorf("it is %s: %s", hooks[0].State, hooks[0].PausedReason)
		}
		trail := open(t, url, repository.Options{})
		wantTrail(t, trail, paused)
		ended(t, s.Delete(t.Context(), longBacklog, time.Now(), []domain.Event{fixture.NewEvent("acme", "")}, deleted))
		hooks, err = s.Webhooks(t.Context())
		ended(t, err)
		if len(hooks) != 0 {
			t.Errorf("%d are left", len(hooks))
		}
		wantTrail(t, trail, paused, deleted)
	})
}

// wantTrail wants these events of the tenant, and no other.
func wantTrail(t *testing.T, trail store.Store, want ...domain.Event) {
	t.Helper()
	page, err := trail.Events(t.Context(), "acme", domain.EventFilter{})
	ended(t, err)
	inAnyOrder := cmpopts.SortSlices(func(a, b domain.Event) bool { return a.ID < b.ID })
	if diff := cmp.Diff(want, page.Events, inAnyOrder); diff != "" {
		t.Errorf("the trail (-want +got):\n%s", diff)
	}
}

func TestAFirstSuccessIsOneUpdateAndAWebhookIsAlwaysWrittenBeforeItsDeliveries(t *testing.T) {
	t.Parallel()
	s, said := withLongBacklog(t, dbtest.SQLite(t))
	tried := webhook.Delivery{Position: 5002, Tries: 1, NextAt: time.Now(), Failure: "timeout"}
	again := tried
	again.Tries = 2
	for _, test := range []struct {
		settled webhook.Settlement
		want    string
	}{
		{webhook.Settlement{From: 5000, To: 5001, At: time.Now(), Delivered: true, Delivery: &webhook.Delivery{Position: 5001}}, "webhooks"},
		{webhook.Settlement{From: 5001, To: 5002, At: time.Now(), Failure: "timeout", Delivery: &tried}, "webhooks webhooks webhook_deliveries"},
		{webhook.Settlement{At: time.Now(), Failure: "timeout", Delivery: &again, Tries: 1}, "webhooks webhooks webhook_deliveries"},
		{webhook.Settlement{At: time.Now(), Delivered: true, Delivery: &again, Tries: 2}, "webhooks webhook_deliveries"},
		{webhook.Settlement{From: 5002, To: 6000}, "webhooks"},
	} {
		said.written = nil
		_, err := s.Settle(t.Context(), longBacklog, test.settled)
		ended(t, err)
		if got := strings.Join(said.written, " "); got != test.want {
			t.Errorf("%+v writes %s, want %s", test.settled, got, test.want)
		}
	}
}
