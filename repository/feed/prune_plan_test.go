package feed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository/feed"
)

// oldTrailSQL has 8,000 events of five tenants with positions, and as many of before there were any.
const oldTrailSQL = `
ALTER TABLE audit_events SET (autovacuum_enabled = off);
ALTER TABLE event_sequence SET (autovacuum_enabled = off);
INSERT INTO tenants SELECT 't' || n, 1, 'server', false, '[]', '["host"]', 1, false, NULL, 0, 'viewable', false, 2, 0, now() FROM generate_series(0, 4) n;
INSERT INTO audit_events SELECT 't' || n % 5, lpad(n::text, 8, '0'), now(), 'verification', 'success', 'u', 'ticket', '', '', '', '', '', '', '{}'
	FROM generate_series(1, 16000) n;
UPDATE audit_events SET xact_id = NULL WHERE event_id <= '00008000';
INSERT INTO event_sequence SELECT tenant_id, row_number() OVER (ORDER BY event_id), event_id FROM audit_events WHERE event_id > '00008000';
VACUUM FULL audit_events;`

// TestABatchReadsNoMoreThanItDeletes: it costs the same however long the trail is, whatever
// the statistics say, and although nothing that batches before it deleted may be forgotten,
// since somebody's snapshot is older.
func TestABatchReadsNoMoreThanItDeletes(t *testing.T) {
	t.Parallel()
	const batch, before = "100", "'00015000'"
	for name, statistics := range map[string]string{"without statistics": "", "with them": "ANALYZE audit_events; ANALYZE event_sequence"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := dbtest.PostgreSQL(t)
			for _, statement := range append(strings.Split(oldTrailSQL, ";\n"), statistics) {
				run(t, connect(t, url), statement)
			}
			snapshot := connect(t, url)
			run(t, snapshot, "BEGIN ISOLATION LEVEL REPEATABLE READ")
			run(t, snapshot, "SELECT FROM tenants")
			db := connect(t, url)
			var positions, unnumbered []int
			tenant, event := "''", "''"
			for n := range 30 {
				run(t, db, "BEGIN")
				run(t, db, feed.PruneHoldSQL)
				positions = append(positions, buffers(t, db, strings.NewReplacer("@batch", batch, "@before", before, "@position", fmt.Sprint(n*100)).Replace(feed.PrunePositionsSQL)))
				unnumbered = append(unnumbered, buffers(t, db, strings.NewReplacer("@batch", batch, "@before", before, "@tenant", tenant, "@event", event).Replace(feed.PruneUnnumberedSQL)))
				run(t, db, "COMMIT")
				tenant, event = lastOf(n)
			}
			t.Log(positions, unnumbered)
			if left := count(t, db); left != 16000-30*200 {
				t.Errorf("%d events are left", left)
			}
			for n := range positions {
				if positions[n] > 50 || unnumbered[n] > 150 { // a page or so for each, where a batch begins in another tenant
					t.Errorf("batch %d finds its events in %d and %d pages", n, positions[n], unnumbered[n])
				}
			}
		})
	}
}

// lastOf is the last event without a position that batch n has: 1,600 are of each tenant, that is 16 batches.
func lastOf(n int) (tenant, event string) {
	of, last := n/16, (n%16+1)*100*5
	if of > 0 {
		last += of - 5
	}
	return fmt.Sprintf("'t%d'", of), fmt.Sprintf("'%08d'", last)
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func run(t *testing.T, db *pgx.Conn, statement string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// buffers carries a statement out, and returns how many pages that took.
func buffers(t *testing.T, db *pgx.Conn, statement string) int {
	t.Helper()
	var plans []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	if err := db.QueryRow(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+statement).Scan(&plans); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return plans[0].Plan.Hit + plans[0].Plan.Read
}

func count(t *testing.T, db *pgx.Conn) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM audit_events").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
