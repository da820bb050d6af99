package repository_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// trailSQL fills trails of a month, so that what is frequent in the table is not what is frequent in a tenant: nearly
// all is verifications of one user, and a tenant has none, or nothing but refusals.
const trailSQL = `
CREATE FUNCTION event_id(at timestamptz, n bigint) RETURNS text LANGUAGE sql AS $$
	SELECT substr(ms, 1, 8) || '-' || substr(ms, 9) || '-7000-8000-' || lpad(to_hex(n), 12, '0')
	FROM lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS ms $$;
CREATE FUNCTION fill(tenant text, rows int, rare text, usual text, usually text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO audit_events
	SELECT tenant, event_id(at, n), at, CASE WHEN n <= 20 THEN rare ELSE usual END, CASE WHEN n <= 20 THEN 'success' ELSE usually END,
		CASE WHEN mod(n, 4) <> 0 THEN 'robot' ELSE 'user-' || mod(n, 500) END, 'ticket', 'tkt', '', '', '', '', '', '{}'
	FROM (SELECT n, timestamptz '2026-10-01 00:00Z' + n * interval '30 days' / rows AS at FROM generate_series(1, rows) n) numbered $$;
SELECT fill('busy', 80000, 'policy.changed', 'verification', 'success');
SELECT fill('imported', 20000, 'policy.changed', 'user.created', 'success');
SELECT fill('flooded', 20000, 'policy.changed', 'access.refused', 'refused');`

// trailFilters are all that can be asked for, of what is frequent, rare and absent.
func trailFilters() (filters []domain.EventFilter) {
	at := func(day int) time.Time { return time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC) }
	for _, user := range []string{"", "robot", "nobody"} {
		for _, action := range []domain.Action{"", domain.ActionVerification, domain.ActionUserCreated, domain.ActionPolicyChanged, domain.ActionUserReset} {
			for _, outcome := range []domain.Outcome{"", domain.OutcomeSuccess, domain.OutcomeFailure, domain.OutcomeRefused} {
				f := domain.EventFilter{UserID: user, Action: action, Outcome: outcome, Limit: 51}
				from, to, window, cursor := f, f, f, f
				from.From, to.To, cursor.Before = at(30), at(2), identifier.FirstEvent(at(15))
				window.From, window.To = at(2), at(2).Add(10*time.Minute)
				filters = append(filters, f, from, to, window, cursor)
			}
		}
	}
	return filters
}

// times are how many times of each filter trailFilters has.
const times = 5

// inTurn leaves one of the times of each filter, another one at the next turn.
func inTurn(filters []domain.EventFilter, turn int) (left []domain.EventFilter) {
	for some := range slices.Chunk(filters, times) {
		left = append(left, some[turn%times])
		turn++
	}
	return left
}

// firstTurn is a random one, or the one asked for.
func firstTurn(t *testing.T) int {
	t.Helper()
	turn := rand.IntN(times)
	if text := os.Getenv("COUNTERSIGN_TRAIL_SEED"); text != "" {
		var err error
		if turn, err = strconv.Atoi(text); err != nil || turn < 0 {
			t.Fatalf("COUNTERSIGN_TRAIL_SEED is a number: %v", err)
		}
	}
	t.Logf("the seed is %d; to have it again: COUNTERSIGN_TRAIL_SEED=%d; to have all filters each time: DURATION=1h", turn, turn)
	return turn
}

// TestEveryFilterOfTheTrailFindsItsFirstPageByAnIndex: whatever is rare, or not there at all, and however the server
// has been led to plan, a page reads about what it shows, or what it may examine.
func TestEveryFilterOfTheTrailFindsItsFirstPageByAnIndex(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	store := migrated(t, url)
	asked := watched(t, store)
	db := connect(t, url)
	exec(t, db, "ALTER TABLE audit_events SET (autovacuum_enabled = off)")
	exec(t, db, trailSQL)
	turn, all := firstTurn(t), os.Getenv("DURATION") != "" // as for the proofs
	for _, mode := range []string{
		"SET plan_cache_mode = force_custom_plan", // without statistics, as after a restore
		"ANALYZE audit_events",
		"SET plan_cache_mode = force_generic_plan",
	} {
		exec(t, db, mode)
		for _, tenant := range []string{"busy", "imported", "flooded"} {
			turn++
			filters := trailFilters()
			if !all {
				filters = inTurn(filters, turn)
			}
			for _, f := range filters {
				*asked = nil
				if _, err := store.Events(t.Context(), tenant, f); err != nil {
					t.Fatal(err)
				}
				for _, statement := range *asked {
					read := statement.explained(t, db)
					if wrong := read.wrong(f); wrong != "" {
						t.Errorf("%s, %s, %+v: %s\n%s", mode, tenant, f, wrong, read.text)
					}
				}
			}
		}
	}
}

// statement is one that was asked for a list.
type statement struct {
	sql        string
	parameters []any
}

func watched(t *testing.T, store *repository.Store) *[]statement {
	t.Helper()
	var asked []statement
	if err := repository.WatchLists(store, func(sql string, parameters []any) {
		asked = append(asked, statement{sql, parameters})
	}); err != nil {
		t.Fatal(err)
	}
	return &asked
}

// explained carries the statement out as a prepared one, and tells what that took.
func (s statement) explained(t *testing.T, db *pgx.Conn) (read trailRead) {
	t.Helper()
	var values []string
	for _, p := range s.parameters {
		switch at := p.(type) {
		case time.Time:
			p = at.Format(time.RFC3339Nano)
		case *time.Time:
			p = at.Format(time.RFC3339Nano)
		}
		values = append(values, "'"+fmt.Sprint(p)+"'")
	}
	exec(t, db, "PREPARE asked AS "+s.sql)
	defer exec(t, db, "DEALLOCATE asked")
	explain := "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked"
	if len(values) > 0 {
		explain += "(" + strings.Join(values, ", ") + ")"
	}
	if err := db.QueryRow(t.Context(), explain).Scan(&read.text); err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(read.text), &plans); err != nil {
		t.Fatal(err)
	}
	read.add(plans[0].Plan)
	read.buffers = plans[0].Plan.Hit + plans[0].Plan.Read
	return read
}

type planNode struct {
	Type     string     `json:"Node Type"`
	Table    string     `json:"Relation Name"`
	Cond     string     `json:"Index Cond"`
	Rows     float64    `json:"Actual Rows"`
	Removed  float64    `json:"Rows Removed by Filter"`
	Hit      int        `json:"Shared Hit Blocks"`
	Read     int        `json:"Shared Read Blocks"`
	Children []planNode `json:"Plans"`
}

// trailRead is what a plan read of the trail.
type trailRead struct {
	text    string
	rows    float64
	buffers int
	others  []string // that are no scans of an index
}

func (r *trailRead) add(n planNode) {
	scans := n.Type == "Index Scan" || n.Type == "Index Only Scan"
	switch {
	case n.Table != "" && (!scans || !strings.Contains(n.Cond, "tenant_id")), n.Type == "Bitmap Heap Scan":
		r.others = append(r.others, n.Type)
	case scans:
		r.rows += n.Rows + n.Removed
	}
	for _, child := range n.Children {
		r.add(child)
	}
}

// wrong says what is too much for a page; "" if nothing is.
func (r *trailRead) wrong(f domain.EventFilter) string {
	limit := 3 * f.Limit // a page of each outcome
	if f.UserID != "" && (f.Action != "" || f.Outcome != "") || f.Action == "" && f.Outcome == domain.OutcomeSuccess {
		limit = repository.MaxExamined
	}
	switch {
	case len(r.others) > 0:
		return strings.Join(r.others, ", ")
	case r.rows > float64(limit):
		return fmt.Sprintf("it read %v rows", r.rows)
	case r.buffers > limit+50:
		return fmt.Sprintf("it read %d pages", r.buffers)
	}
	return ""
}

// TestEveryFilterOfTheTrailUsesAnIndexOnSQLite: all that is asked for is in the index, or is examined.
func TestEveryFilterOfTheTrailUsesAnIndexOnSQLite(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	store := migrated(t, url)
	asked := watched(t, store)
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, f := range trailFilters() {
		*asked = nil
		if _, err := store.Events(t.Context(), "busy", f); err != nil {
			t.Fatal(err)
		}
		for _, statement := range *asked {
			searched := 0
			for _, step := range plan(t, db, statement.sql) {
				if !strings.Contains(step, " audit_events ") {
					continue
				}
				searched++
				if by := searchedBy(f); !strings.HasSuffix(step, by) {
					t.Errorf("%+v: %s, want %s\n%s", f, step, by, statement.sql)
				}
			}
			if searched == 0 {
				t.Errorf("%+v: nothing is searched", f)
			}
		}
	}
}

// searchedBy is what the step of a plan ends with that searches an index for what a filter asks for.
func searchedBy(f domain.EventFilter) string {
	kind := ""
	switch {
	case f.UserID != "":
		kind = "user_id=? AND "
	case f.Action != "":
		kind = "action=? AND outcome=? AND "
	case f.Outcome != "" && f.Outcome != domain.OutcomeSuccess:
		kind = "outcome=? AND "
	}
	return "(tenant_id=? AND " + kind + "event_id>? AND event_id<?)"
}
