package repository_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// trail is a store whose events each have a day of their own.
type trail struct {
	*testing.T
	*repository.Store
	url string
	ids identifier.Events
}

var firstDay = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func day(n int) time.Time { return firstDay.AddDate(0, 0, n) }

func onEachTrail(t *testing.T, test func(t *trail)) {
	onEachMigrated(t, func(t *testing.T, url string) { test(newTrail(t, url)) })
}

func newTrail(t *testing.T, url string) *trail {
	s := migrated(t, url)
	for _, id := range []string{"acme", "globex"} {
		tenant := domain.Tenant{ID: id, Edition: domain.EditionServer, Audiences: []string{"host"}, Policy: domain.DefaultPolicy(), CreatedAt: firstDay}
		if err := s.Commit(t.Context(), []domain.Change{{TenantID: id, Tenant: &tenant}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	return &trail{T: t, Store: s, url: url}
}

// write commits an event of each day, one after another, and gives them positions.
func (t *trail) write(tenant string, days ...int) {
	t.Helper()
	for _, n := range days {
		event := domain.Event{
			TenantID: tenant, ID: t.ids.Next(day(n)), At: day(n), Action: domain.ActionVerification, Outcome: domain.OutcomeSuccess,
			UserID: fmt.Sprint(n), Actor: domain.Actor{Type: domain.ActorTicket, ID: "tkt_1"},
		}
		if err := t.Commit(t.Context(), []domain.Change{{TenantID: tenant, Events: []domain.Event{event}}})[0]; err != nil {
			t.Fatal(err)
		}
		if _, err := t.Feed().SequenceEvents(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// prune deletes what is older than a day, in batches of two, and returns how many each deleted.
func (t *trail) prune(before int) (batches []int) {
	t.Helper()
	err := t.Feed().PruneEvents(t.Context(), day(before), 2, func(n int) error { batches = append(batches, n); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return batches
}

// want compares the days of what is kept, by the feed and by the trail, and how far it was pruned.
func (t *trail) want(pruned int64, days ...string) {
	t.Helper()
	events, err := t.Feed().EventsAfter(t.Context(), "", -1, 100)
	if err != nil {
		t.Fatal(err)
	}
	var fed []string
	for _, e := range events {
		fed = append(fed, e.UserID)
		if e.Position <= pruned {
			t.Errorf("position %d is left of those up to %d", e.Position, pruned)
		}
	}
	if got, err := t.Feed().PrunedPosition(t.Context()); err != nil || got != pruned || !slices.Equal(fed, days) {
		t.Errorf("the feed has %v, pruned up to %d; want %v, %d (%v)", fed, got, days, pruned, err)
	}
	var listed []string
	for _, tenant := range []string{"acme", "globex"} {
		page, err := t.Events(t.Context(), tenant, domain.EventFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			listed = append(listed, e.UserID)
		}
	}
	slices.Sort(listed)
	if want := slices.Sorted(slices.Values(days)); !slices.Equal(listed, want) {
		t.Errorf("the trail has %v, want %v", listed, want)
	}
}

func TestPruningDeletesTheOldestEventsOfAllTenantsAndTheFeedGoesOn(t *testing.T) {
	t.Parallel()
	onEachTrail(t, func(t *trail) {
		t.write("acme", 0, 1, 2)
		t.write("globex", 3, 4)
		t.write("acme", 5)
		t.want(0, "0", "1", "2", "3", "4", "5")
		if got := t.prune(0); len(got) != 0 {
			t.Errorf("before the oldest: %v", got)
		}
		if before, err := t.Feed().PrunedBefore(t.Context()); err != nil || !before.IsZero() {
			t.Errorf("nothing was pruned, and yet what was before %v: %v", before, err)
		}
		if got := t.prune(3); !slices.Equal(got, []int{2, 1}) {
			t.Errorf("batches: %v", got)
		}
		t.want(3, "3", "4", "5")
		if got := t.prune(3); len(got) != 0 {
			t.Errorf("once more: %v", got)
		}
		t.prune(5)
		t.write("globex", 6)
		t.want(5, "5", "6")
		if before, err := t.Feed().PrunedBefore(t.Context()); err != nil || !before.Equal(day(5)) {
			t.Errorf("pruned before %v, want %v: %v", before, day(5), err)
		}
	})
}

// An event whose transaction stalled has a late place in the feed. To prune it at its time
// would leave a gap behind those who have read up to there.
func TestAnEventThatCommittedLateIsPrunedWithThoseAroundIt(t *testing.T) {
	t.Parallel()
	onEachTrail(t, func(t *trail) {
		t.write("acme", 0, 0, 5, 1, 6)
		t.prune(3)
		t.want(2, "5", "1", "6")
		t.prune(6)
		t.want(4, "6")
	})
}

// The events of a copy have positions, whatever the ids of their transactions said.
func TestPruningACopyLeavesNoGapEither(t *testing.T) {
	t.Parallel()
	tr := newTrail(t, dbtest.PostgreSQL(t))
	tr.write("acme", 0, 0, 5, 1, 6)
	exec(t, connect(t, tr.url), "UPDATE event_sequencer SET snapshot = '900000000:900000000:'")
	ended(t, tr.Feed().AdoptCopy(t.Context()))
	tr.prune(3)
	tr.want(2, "5", "1", "6")
}

// On SQLite the newest event stays: the next position is counted from it.
func TestPruningEverythingLeavesPositionsThatGoOn(t *testing.T) {
	t.Parallel()
	onEachTrail(t, func(t *trail) {
		t.write("acme", 0, 1, 2)
		t.prune(9)
		if strings.HasPrefix(t.url, "sqlite") {
			t.want(2, "2")
		} else {
			t.want(3)
			var left int
			if err := connect(t.T, t.url).QueryRow(t.Context(), "SELECT count(*) FROM event_sequence").Scan(&left); err != nil || left > 0 {
				t.Errorf("%d positions are left without events: %v", left, err)
			}
		}
		t.write("acme", 3)
		last, err := t.Feed().SequenceEvents(t.Context())
		if err != nil || last != 4 {
			t.Errorf("the next position is %d, want 4: %v", last, err)
		}
		t.write("acme", 4)
		t.prune(4)
		if before, err := t.Feed().PrunedBefore(t.Context()); err != nil || !before.Equal(day(9)) {
			t.Errorf("pruned before %v, want %v: %v", before, day(9), err)
		}
	})
}

func TestPruningThatWasInterruptedGoesOn(t *testing.T) {
	t.Parallel()
	onEachTrail(t, func(t *trail) {
		t.write("acme", 0, 1, 2, 3, 4)
		interrupted := errors.New("interrupted")
		err := t.Feed().PruneEvents(t.Context(), day(4), 2, func(int) error { return interrupted })
		if !errors.Is(err, interrupted) {
			t.Errorf("%v, want what ended it", err)
		}
		t.want(2, "2", "3", "4")
		t.prune(4)
		t.want(4, "4")
	})
}

func TestSeveralPruneAtOnceBesideThoseWhoWrite(t *testing.T) {
	t.Parallel()
	onEachTrail(t, func(t *trail) {
		old := make([]int, 40)
		t.write("acme", old...)
		var pruners sync.WaitGroup
		for range 3 {
			pruners.Go(func() {
				if err := t.Feed().PruneEvents(t.Context(), day(1), 2, func(int) error { return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		t.write("globex", 2, 2, 2, 2, 2)
		pruners.Wait()
		t.want(40, "2", "2", "2", "2", "2")
	})
}

// What was written before there were positions has none, and is in no feed.
func TestEventsOfBeforeThereWerePositionsArePrunedToo(t *testing.T) {
	t.Parallel()
	tr := newTrail(t, dbtest.PostgreSQL(t))
	tr.write("acme", 0, 1, 2, 6)
	tr.write("globex", 0, 3, 4, 5, 7)
	db := connect(t, tr.url)
	exec(t, db, "UPDATE audit_events SET xact_id = NULL; DELETE FROM event_sequence")
	var batches []int
	ended(t, tr.Feed().PruneEvents(t.Context(), day(5), 3, func(n int) error { batches = append(batches, n); return nil }))
	if !slices.Equal(batches, []int{3, 3}) {
		t.Errorf("batches: %v", batches)
	}
	if before, err := tr.Feed().PrunedBefore(t.Context()); err != nil || !before.Equal(day(5)) {
		t.Errorf("pruned before %v: %v", before, err)
	}
	var left []string
	for _, tenant := range []string{"acme", "globex"} {
		events, err := tr.Feed().EventsBetween(t.Context(), tenant, "", "~", 100)
		ended(t, err)
		for _, e := range events {
			left = append(left, e.UserID)
		}
	}
	if !slices.Equal(left, []string{"6", "5", "7"}) {
		t.Errorf("left: %v", left)
	}
}
