package seed_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/bench/seed"
	"github.com/countersign/countersign/internal/pgtest"
)

// A seeded trail has what filters look for: the frequent, the rare, what was long ago, and what is never together.
func TestASeededTrailHasTheFrequentAndTheRare(t *testing.T) {
	t.Parallel()
	d := deploy(t, pgtest.URL(t))
	trail := seed.Trail{Tenant: "acme", Users: 50, Events: 12_000, Until: time.Now()}
	if err := seed.SeedTrail(t.Context(), d.url, trail, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), d.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var numbered bool
	err = conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM audit_events) = (SELECT position FROM event_sequencer)
		AND (SELECT bool_and(rank = position) FROM (SELECT position, row_number() OVER (ORDER BY event_id) AS rank FROM event_sequence) AS ranks)`).Scan(&numbered)
	if err != nil || !numbered {
		t.Errorf("the first server to start numbers the events (%v)", err)
	}
	for where, want := range map[string][2]int{
		"at < now()":                     {12_000, 12_010}, // and what made the tenant
		"action = 'verification'":        {9000, 9600},
		"outcome = 'failure'":            {600, 840},
		"outcome = 'refused'":            {3, 30},
		"action = 'user.reset'":          {24, 24},
		"action = 'policy.changed'":      {12, 12},
		"action = 'two_factor.disabled'": {0, 0},
		"action = 'user.created' AND at < now() - interval '340 days'":         {115, 120},
		"action = 'ticket.issued' AND outcome = 'failure'":                     {0, 0},
		"user_id = '" + trail.UserID(7000) + "'":                               {50, 5000},
		"user_id = '" + trail.Busiest() + "'":                                  {1000, 2400},
		"event_id < '" + trail.EventID(6000) + "'":                             {6000, 6000},
		"at >= now() - interval '31 days' AND at < now() - interval '30 days'": {32, 34},
		// What the id says of the time is what the event says.
		"left(translate(event_id, '-', ''), 12) <> lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') AND request_id LIKE 'req-%'": {0, 0},
	} {
		var events int
		err := conn.QueryRow(t.Context(), "SELECT count(*) FROM audit_events WHERE tenant_id = 'acme' AND "+where).Scan(&events)
		if err != nil || events < want[0] || events > want[1] {
			t.Errorf("%s: %d events, %v; want %d to %d", where, events, err, want[0], want[1])
		}
	}
}

func TestTheIDsOfASeededTrailAreOfTheirTimes(t *testing.T) {
	t.Parallel()
	trail := seed.Trail{Tenant: "acme", Users: 10, Events: 1000, Until: time.Unix(1_800_000_000, 0)}
	var ids []string
	for n := range trail.Events {
		ids = append(ids, trail.EventID(n))
	}
	if sorted := slices.Sorted(slices.Values(ids)); !slices.Equal(ids, sorted) || len(slices.Compact(sorted)) != len(ids) {
		t.Error("the ids are not in order, or not each one's own")
	}
	first, last := uuid.MustParse(ids[0]), uuid.MustParse(ids[len(ids)-1])
	if diff := cmp.Diff([]uuid.Version{7, 7}, []uuid.Version{first.Version(), last.Version()}); diff != "" || first.Variant() != uuid.RFC4122 {
		t.Errorf("they are no UUIDv7: %s", diff)
	}
	seconds, _ := last.Time().UnixTime()
	if ago := trail.Until.Sub(time.Unix(seconds, 0)); ago < 0 || ago > 72*time.Hour {
		t.Errorf("the last is of %v before the end", ago)
	}
}
