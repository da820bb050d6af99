package repository_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/webhook"
)

// backlogSQL is three webhooks with long backlogs: one that is paused, with what was due long ago,
// and two that are active, with what is due and with what is not yet.
const backlogSQL = `
INSERT INTO webhooks SELECT 'acme', id, 'https://example.com', '[]', 'sealed', NULL, NULL, state, '', NULL, 0, 0, now(), '', NULL, NULL, '', NULL
FROM (VALUES ('wh_paused', 'paused'), ('wh_due', 'active'), ('wh_early', 'active')) AS hooks (id, state);
INSERT INTO webhook_deliveries SELECT 'acme', id, k * 10000 + n, 1, next_at, 'timeout'
FROM (VALUES (1, 'wh_paused', timestamptz '2026-10-01 00:00Z'), (2, 'wh_due', timestamptz '2026-10-01 00:00Z'),
	(3, 'wh_early', timestamptz '2026-12-01 00:00Z'), (4, 'wh_due', NULL)) AS backlogs (k, id, next_at), generate_series(1, 10000) n`

// readsOfDeliveries are those that are made all the time.
func readsOfDeliveries(hooks webhook.Store) map[string]func(context.Context) error {
	now, key := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), webhook.Key{TenantID: "acme", ID: "wh_due"}
	return map[string]func(context.Context) error{
		"who has something due": func(ctx context.Context) error { _, err := hooks.Due(ctx, now); return err },
		"what is due":           func(ctx context.Context) error { _, err := hooks.DueOf(ctx, key, now, 100); return err },
		"how much there is": func(ctx context.Context) error {
			_, err := hooks.Backlog(ctx, key, webhook.Backlog{Waiting: 100, GivenUp: 100})
			return err
		},
	}
}

// TestDeliveriesAreReadByTheirIndex: however long backlogs are, a look reads no more than it finds.
func TestDeliveriesAreReadByTheirIndex(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	s := open(t, url, repository.Options{})
	asked := watched(t, s)
	db := connect(t, url)
	exec(t, db, "ALTER TABLE webhook_deliveries SET (autovacuum_enabled = off)")
	exec(t, db, backlogSQL)
	for _, mode := range []string{
		"SET plan_cache_mode = force_custom_plan", // without statistics, as after a restore
		"ANALYZE webhook_deliveries; ANALYZE webhooks",
		"SET plan_cache_mode = force_generic_plan",
	} {
		exec(t, db, mode)
		for name, read := range readsOfDeliveries(s.Webhooks()) {
			for _, statement := range asks(t, asked, name, read) {
				if r := statement.explained(t, db); r.buffers > 50 {
					t.Errorf("%s, %s: %d pages\n%s", mode, name, r.buffers, r.text)
				}
			}
		}
	}
}

// TestABatchOfDeliveriesReadsNoMoreThanTheBacklog: a database without statistics believes that
// there is one delivery.
func TestABatchOfDeliveriesReadsNoMoreThanTheBacklog(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	s := open(t, url, repository.Options{})
	var written []statement
	ended(t, repository.WatchWrites(s, func(sql string, parameters []any) {
		written = append(written, statement{sql, parameters})
	}))
	db := connect(t, url)
	exec(t, db, "ALTER TABLE webhook_deliveries SET (autovacuum_enabled = off)")
	const emptied = "TRUNCATE webhook_deliveries, webhooks;" // the dead rows of one change would be read by the next
	for name, change := range operatorChanges {
		exec(t, db, emptied+longBacklogSQL)
		written = nil
		ended(t, change(t.Context(), s.Webhooks()))
		exec(t, db, emptied+longBacklogSQL)
		at := slices.IndexFunc(written, func(w statement) bool { return strings.Contains(w.sql, "webhook_deliveries") })
		if r := written[at].explained(t, db); r.buffers > 10_000 {
			t.Errorf("%s: %d pages\n%s", name, r.buffers, r.text)
		}
	}
}

func TestDeliveriesOfSQLiteAreReadByTheirIndex(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	s := migrated(t, url)
	asked := watched(t, s)
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	ended(t, err)
	t.Cleanup(func() { _ = db.Close() })
	for name, read := range readsOfDeliveries(s.Webhooks()) {
		for _, statement := range asks(t, asked, name, read) {
			steps := strings.Join(plan(t, db, statement.sql), "; ")
			if !strings.Contains(steps, "INDEX webhook_deliveries_next (tenant_id=? AND webhook_id=?") || strings.Contains(steps, "TEMP B-TREE") ||
				strings.Contains(steps, "webhook_deliveries USING PRIMARY KEY") || strings.Contains(steps, "SCAN webhook_deliveries") {
				t.Errorf("%s: %s", name, steps)
			}
		}
	}
}

// asks returns the statements of a read that is made as a list.
func asks(t *testing.T, asked *[]statement, name string, read func(context.Context) error) []statement {
	t.Helper()
	*asked = nil
	_, err := store.ReadList(t.Context(), nil, func(ctx context.Context) (any, error) { return nil, read(ctx) })
	ended(t, err)
	if len(*asked) == 0 {
		t.Errorf("%s asks nothing", name)
	}
	return *asked
}
