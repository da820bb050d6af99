package feed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository/feed"
)

// copiedTrailSQL has 40,000 events with positions, whose transactions were another server's.
const copiedTrailSQL = `
ALTER TABLE audit_events SET (autovacuum_enabled = off);
INSERT INTO audit_events SELECT 'acme', lpad(n::text, 8, '0'), now(), 'verification', 'success', 'u', 'ticket', '', '', '', '', '', '', '{}', '0'
	FROM generate_series(1, 40000) n;
INSERT INTO event_sequence SELECT tenant_id, event_id::bigint, event_id FROM audit_events;
UPDATE event_sequencer SET position = 40000`

// TestNumberingReadsAboutWhatItNumbers: however many events there are, and whatever the
// statistics say of their transactions; also where some transactions had not ended when
// events were numbered last.
func TestNumberingReadsAboutWhatItNumbers(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{
		"SET plan_cache_mode = force_custom_plan", // without statistics, as after a restore
		"ANALYZE audit_events", "SET plan_cache_mode = force_generic_plan; ANALYZE audit_events",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			url := dbtest.PostgreSQL(t)
			db, running := connect(t, url), connect(t, url)
			for _, statement := range append(strings.Split(copiedTrailSQL, ";\n"), strings.Split(mode, "; ")...) {
				run(t, db, statement)
			}
			run(t, running, "BEGIN")
			run(t, running, strings.ReplaceAll(newEventsSQL, "of", "running"))
			run(t, db, "UPDATE event_sequencer SET snapshot = pg_current_snapshot()")
			run(t, running, "COMMIT")
			run(t, running, strings.ReplaceAll(newEventsSQL, "of", "later"))
			var snapshot string
			if err := db.QueryRow(t.Context(), "SELECT snapshot::text FROM event_sequencer").Scan(&snapshot); err != nil {
				t.Fatal(err)
			}
			run(t, db, "PREPARE number AS "+strings.NewReplacer("@snapshot", "$1", "@position", "$2").Replace(feed.NumberSQL))
			run(t, db, "BEGIN")
			run(t, db, feed.HoldSQL)
			read := buffers(t, db, fmt.Sprintf("EXECUTE number('%s', '40000')", snapshot))
			run(t, db, "COMMIT")
			var numbered int
			if err := db.QueryRow(t.Context(), "SELECT count(*) FROM event_sequence WHERE position > 40000").Scan(&numbered); err != nil {
				t.Fatal(err)
			}
			if numbered != 6 || read > 200 {
				t.Errorf("%d events are numbered, want 6, in %d pages", numbered, read)
			}
		})
	}
}

const newEventsSQL = `INSERT INTO audit_events (tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id, actor_user_id, address, request_id, factor_id, reason, details)
	SELECT 'acme', 'of-' || n, now(), 'verification', 'success', 'u', 'ticket', '', '', '', '', '', '', '{}' FROM generate_series(1, 3) n`
