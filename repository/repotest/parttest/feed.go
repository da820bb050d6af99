// Package parttest is the contracts of the parts of a database that stand beside its store: the
// feed of events, webhooks and erasures. Every engine keeps them.
package parttest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// RunFeed runs what a feed of committed events must do. Open returns one of an empty
// store, with that store.
func RunFeed(t *testing.T, open func(t *testing.T) (store.Store, store.Feed)) {
	for name, holds := range map[string]func(t *testing.T, s store.Store, f store.Feed){
		"events come back as they were written, in an order of their own": eventsComeInOrder,
		"pages go on where the one before ended":                          feedGoesOn,
		"an event of one tenant is not told to another":                   feedsAreApart,
		"who reads while many write skips nothing":                        readsWhileOthersWrite,
		"what did not commit is not told":                                 uncommittedAreNotTold,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, f := open(t)
			holds(t, s, f)
		})
	}
}

func sequenced(t *testing.T, f store.Feed) int64 {
	t.Helper()
	last, err := f.SequenceEvents(t.Context())
	fixture.WantErr(t, err, nil)
	return last
}

func eventsAfter(t *testing.T, f store.Feed, tenantID string, position int64, limit int) []domain.SequencedEvent {
	t.Helper()
	events, err := f.EventsAfter(t.Context(), tenantID, position, limit)
	fixture.WantErr(t, err, nil)
	return events
}

// written commits n events of a tenant, one by one.
func written(t *testing.T, s store.Store, tenantID string, n int) (events []domain.Event) {
	t.Helper()
	for range n {
		event := fixture.NewEvent(tenantID, "u")
		fixture.Must(t, s, domain.Change{TenantID: tenantID, Events: []domain.Event{event}})
		events = append(events, event)
	}
	return events
}

func withoutPositions(t *testing.T, sequenced []domain.SequencedEvent) (events []domain.Event) {
	t.Helper()
	last := int64(0)
	for _, e := range sequenced {
		if e.Position <= last {
			t.Errorf("position %d follows %d", e.Position, last)
		}
		last = e.Position
		events = append(events, e.Event)
	}
	return events
}

func eventsComeInOrder(t *testing.T, s store.Store, f store.Feed) {
	tenant := fixture.NewTenant(t, s)
	fixture.Same(t, sequenced(t, f), int64(0))
	var all []domain.Event
	for _, n := range []int{2, 0, 3} {
		all = append(all, written(t, s, tenant.ID, n)...)
		last := sequenced(t, f)
		got := eventsAfter(t, f, tenant.ID, 0, 100)
		fixture.Same(t, withoutPositions(t, got), all)
		fixture.Same(t, last, got[len(got)-1].Position)
		fixture.Same(t, sequenced(t, f), last)
	}
}

func feedGoesOn(t *testing.T, s store.Store, f store.Feed) {
	tenant := fixture.NewTenant(t, s)
	all := written(t, s, tenant.ID, 5)
	sequenced(t, f)
	var got []domain.SequencedEvent
	for position := int64(0); ; position = got[len(got)-1].Position {
		page := eventsAfter(t, f, tenant.ID, position, 2)
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
	}
	fixture.Same(t, withoutPositions(t, got), all)
}

func feedsAreApart(t *testing.T, s store.Store, f store.Feed) {
	one, other, silent := fixture.NewTenant(t, s), fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	first, second := written(t, s, one.ID, 1), written(t, s, other.ID, 2)
	last := sequenced(t, f)
	fixture.Same(t, withoutPositions(t, eventsAfter(t, f, one.ID, 0, 100)), first)
	fixture.Same(t, withoutPositions(t, eventsAfter(t, f, other.ID, 0, 100)), second)
	fixture.Same(t, len(eventsAfter(t, f, silent.ID, 0, 100)), 0)
	for between, want := range map[[2]int64][]string{{0, last}: {one.ID, other.ID}, {0, 1}: {one.ID}, {last - 1, last}: {other.ID}, {last, last}: nil} {
		tenants, err := f.TenantsBetween(t.Context(), between[0], between[1])
		fixture.WantErr(t, err, nil)
		slices.Sort(tenants)
		slices.Sort(want)
		fixture.Same(t, slices.Equal(tenants, want), true)
	}
}

func uncommittedAreNotTold(t *testing.T, s store.Store, f store.Feed) {
	tenant := fixture.NewTenant(t, s)
	u := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "u"))
	stale := u
	fixture.Must(t, s, domain.Change{TenantID: tenant.ID, User: next(u), Events: []domain.Event{fixture.NewEvent(tenant.ID, "u")}})
	before := sequenced(t, f)
	if err := fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, User: next(stale), Events: []domain.Event{fixture.NewEvent(tenant.ID, "u")}}); err == nil {
		t.Error("a stale change held")
	}
	fixture.Same(t, sequenced(t, f), before)
	fixture.Same(t, len(eventsAfter(t, f, tenant.ID, 0, 100)), 1)
}

// next is what the change of u is stored as.
func next(u domain.User) *domain.User {
	changed := u.Clone()
	changed.CodeLane.Failures++
	return &changed
}

func readsWhileOthersWrite(t *testing.T, s store.Store, f store.Feed) {
	const writers, each = 8, 40
	tenant := fixture.NewTenant(t, s)
	var writing, numbering sync.WaitGroup
	done := make(chan struct{})
	for range 3 { // replicas
		numbering.Go(func() {
			for {
				if _, err := f.SequenceEvents(t.Context()); err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range writers {
		writing.Go(func() {
			for range each {
				event := fixture.NewEvent(tenant.ID, "u")
				if err := s.Commit(t.Context(), []domain.Change{{TenantID: tenant.ID, Events: []domain.Event{event}}})[0]; err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() { writing.Wait(); close(done) }()
	var read []domain.SequencedEvent
	follow := func() {
		position := int64(0)
		if n := len(read); n > 0 {
			position = read[n-1].Position
		}
		events, err := f.EventsAfter(t.Context(), tenant.ID, position, 7)
		if err != nil {
			t.Error(err)
		}
		read = append(read, events...)
	}
	for running := true; running; follow() {
		select {
		case <-done:
			running = false
		default:
		}
	}
	numbering.Wait()
	sequenced(t, f)
	for n := -1; n != len(read); {
		n = len(read)
		follow()
	}
	told := map[string]int{}
	for _, e := range read {
		told[e.ID]++
	}
	fixture.Same(t, fmt.Sprintf("%d events, %d different", len(read), len(told)), fmt.Sprintf("%d events, %[1]d different", writers*each))
	fixture.Same(t, eventsAfter(t, f, tenant.ID, 0, 2*writers*each), read)
}
