package repotest

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var auditContracts = []contract{
	{"comes back as it was written", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		event := fixture.NewEvent(tenant.ID, "u")
		event.Actor = domain.Actor{Type: domain.ActorServiceKey, ID: "key_1", UserID: "admin"}
		event.Address, event.RequestID, event.FactorID = "2001:db8::1", "req_1", "fct_1"
		event.Reason = `lost "phone"; DROP TABLE users`
		event.Details = map[string]string{"drift": "-3", "ä": "\u2028"}
		fixture.Must(t, s, domain.Change{TenantID: tenant.ID, Events: []domain.Event{event}})
		stored := fixture.Trail(t, s, tenant.ID)
		fixture.Same(t, stored, []domain.Event{event})
		fixture.InUTC(t, stored[0].At)
	}},
	{"selects by each field and by all, newest first", eventsAreSelected},
	{"a search among very many goes on where it ended, and tells nothing twice", searchGoesOn},
	{"an event is never replaced", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		event := fixture.NewEvent(tenant.ID, "u")
		fixture.Must(t, s, domain.Change{TenantID: tenant.ID, Events: []domain.Event{event}})
		forged := event
		forged.Outcome = domain.OutcomeFailure
		if err := fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, Events: []domain.Event{forged}}); err == nil {
			t.Error("an event was written twice")
		}
		fixture.Same(t, fixture.Trail(t, s, tenant.ID), []domain.Event{event})
	}},
}

func eventsAreSelected(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	var all []domain.Event
	for i := range 6 {
		event := fixture.NewEvent(tenant.ID, string(rune('x'+i%2)))
		event.RequestID = string(rune('a' + i))
		event.At = fixture.Noon.Add(time.Duration(i) * time.Microsecond)
		if i >= 3 {
			event.Action = domain.ActionResync
		}
		if i%3 == 0 {
			event.Outcome = domain.OutcomeRefused
		}
		all = append(all, event)
	}
	fixture.Must(t, s, domain.Change{TenantID: tenant.ID, Events: all})
	for _, c := range []struct {
		name   string
		filter domain.EventFilter
		want   string
	}{
		{"all", domain.EventFilter{}, "fedcba"},
		{"user", domain.EventFilter{UserID: "x"}, "eca"},
		{"action", domain.EventFilter{Action: domain.ActionResync}, "fed"},
		{"outcome", domain.EventFilter{Outcome: domain.OutcomeRefused}, "da"},
		{"success", domain.EventFilter{Outcome: domain.OutcomeSuccess}, "fecb"},
		{"action and outcome", domain.EventFilter{Action: domain.ActionResync, Outcome: domain.OutcomeSuccess}, "fe"},
		{"user and action", domain.EventFilter{UserID: "x", Action: domain.ActionResync}, "e"},
		{"user and outcome", domain.EventFilter{UserID: "x", Outcome: domain.OutcomeRefused}, "a"},
		{"none of the kind", domain.EventFilter{Action: domain.ActionUserReset}, ""},
		{"from is inclusive", domain.EventFilter{From: all[4].At}, "fe"},
		{"to is exclusive", domain.EventFilter{To: all[2].At}, "ba"},
		{"before is exclusive", domain.EventFilter{Before: all[2].ID}, "ba"},
		{"limit", domain.EventFilter{Limit: 2}, "fe"},
		{"all at once", domain.EventFilter{
			UserID: "x", Action: domain.ActionResync, Outcome: domain.OutcomeSuccess,
			From: all[1].At, To: all[5].At, Before: all[5].ID, Limit: 1,
		}, "e"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, err := s.Events(t.Context(), tenant.ID, c.filter)
			fixture.WantErr(t, err, nil)
			var got strings.Builder
			for _, e := range page.Events {
				got.WriteString(e.RequestID)
			}
			fixture.Same(t, got.String(), c.want)
			fixture.Same(t, page.Before, "")
		})
	}
}

// searchGoesOn has more events of a user, and of a tenant, than are looked at in one go, with what is asked for at
// both ends.
func searchGoesOn(t *testing.T, s store.Store) {
	const batches, each = 14, 500
	tenant := fixture.NewTenant(t, s)
	var rare []domain.Event
	mark := func(e *domain.Event) {
		e.Action, e.Outcome = domain.ActionResync, domain.OutcomeSuccess
		rare = append([]domain.Event{*e}, rare...)
	}
	for batch := range batches {
		events := make([]domain.Event, each)
		for i := range events {
			events[i] = fixture.NewEvent(tenant.ID, "robot")
			events[i].Outcome = domain.OutcomeRefused
		}
		switch batch {
		case 0:
			mark(&events[0])
		case batches - 1:
			mark(&events[each-1])
		}
		fixture.Must(t, s, domain.Change{TenantID: tenant.ID, Events: events})
	}
	for name, c := range map[string]struct {
		filter domain.EventFilter
		want   []domain.Event
	}{
		"user and action":       {domain.EventFilter{UserID: "robot", Action: domain.ActionResync, Limit: 10}, rare},
		"user and outcome":      {domain.EventFilter{UserID: "robot", Outcome: domain.OutcomeSuccess, Limit: 10}, rare},
		"success":               {domain.EventFilter{Outcome: domain.OutcomeSuccess, Limit: 10}, rare},
		"nothing at the newest": {domain.EventFilter{UserID: "robot", Action: domain.ActionResync, Limit: 10, Before: rare[0].ID}, rare[1:]},
	} {
		t.Run(name, func(t *testing.T) {
			filter := c.filter
			var found []domain.Event
			pages := 0
			for more := true; more; pages++ {
				page, err := s.Events(t.Context(), tenant.ID, filter)
				fixture.WantErr(t, err, nil)
				found, more, filter.Before = append(found, page.Events...), page.Before != "", page.Before
			}
			fixture.Same(t, found, c.want)
			if pages != 2 {
				t.Errorf("%d pages, want 2", pages)
			}
		})
	}
}
