package repository_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/store"
)

// TestTheFeedReadsByItsIndexes: a look and a page read about what they find, however long
// the trail is, and whatever the server takes for frequent in it: here four transactions
// wrote all of it, and one that wrote nothing runs on.
func TestTheFeedReadsByItsIndexes(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	s := open(t, url, repository.Options{})
	asked := watched(t, s)
	db := connect(t, url)
	exec(t, db, "ALTER TABLE audit_events SET (autovacuum_enabled = off); ALTER TABLE event_sequence SET (autovacuum_enabled = off)")
	exec(t, db, trailSQL)
	// Of a time after many events within ten minutes no statement reads all of them.
	exec(t, db, `INSERT INTO audit_events SELECT 'busy', event_id(at, n), at, 'verification', 'success', 'robot', 'ticket', 'tkt', '', '', '', '', '', '{}'
		FROM (SELECT n, timestamptz '2026-11-01 00:00Z' + n * interval '1 ms' AS at FROM generate_series(1, 40000) n) AS burst`)
	running, err := connect(t, url).Begin(t.Context())
	ended(t, err)
	_, err = running.Exec(t.Context(), "SELECT pg_current_xact_id()")
	ended(t, err)
	last, err := s.Feed().SequenceEvents(t.Context())
	ended(t, err)
	if last != 160_000 {
		t.Fatalf("%d events are numbered", last)
	}
	since := time.Date(2026, 11, 1, 0, 0, 40, 0, time.UTC)
	reads := map[string]func(context.Context) error{
		"a look":         func(ctx context.Context) error { _, err := s.Feed().SequenceEvents(ctx); return err },
		"the first page": func(ctx context.Context) error { _, err := s.Feed().EventsAfter(ctx, "busy", 0, 50); return err },
		"a page within":  func(ctx context.Context) error { _, err := s.Feed().EventsAfter(ctx, "busy", last/2, 50); return err },
		"no page":        func(ctx context.Context) error { _, err := s.Feed().EventsAfter(ctx, "busy", last, 50); return err },
		"a page of all":  func(ctx context.Context) error { _, err := s.Feed().EventsAfter(ctx, "", last-100, 50); return err },
		"who has news":   func(ctx context.Context) error { _, err := s.Feed().TenantsBetween(ctx, last-50, last); return err },
		"some positions": func(ctx context.Context) error {
			_, err := s.Feed().EventsAt(ctx, []int64{1, last / 2, last})
			return err
		},
		"a time": func(ctx context.Context) error { _, err := s.Feed().PositionBefore(ctx, since); return err },
	}
	for _, mode := range []string{
		"SET plan_cache_mode = force_custom_plan", // without statistics, as after a restore
		"ANALYZE audit_events; ANALYZE event_sequence",
		"SET plan_cache_mode = force_generic_plan",
	} {
		exec(t, db, mode)
		for name, read := range reads {
			*asked = nil
			_, err := store.ReadList(t.Context(), nil, func(ctx context.Context) (any, error) { return nil, read(ctx) })
			ended(t, err)
			if len(*asked) == 0 {
				t.Errorf("%s asks nothing", name)
			}
			for _, statement := range *asked {
				if r := statement.explained(t, db); r.buffers > 400 || strings.Contains(r.text, `"Node Type": "Seq Scan", "Relation Name": "audit_events"`) {
					t.Errorf("%s, %s: %d pages\n%s", mode, name, r.buffers, r.text)
				}
			}
		}
	}
}
