package parttest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/personaldata"
	"github.com/countersign/countersign/service/store"
)

// RunErasures runs what must be able to take a person out of a trail. Open returns an
// empty store, and what its database has for that.
func RunErasures(t *testing.T, open func(t *testing.T) (store.Store, personaldata.Store)) {
	s, p := open(t)
	for name, holds := range map[string]func(t *testing.T, s store.Store, p personaldata.Store){
		"an erasure begins once, with the removal of the user":                erasureBegins,
		"all events that name somebody are found, each once, newest first":    namingEvents,
		"an event changes in what names somebody, and in nothing else":        eventsAreRewritten,
		"an event that is not as it was read is left":                         changedEventsAreLeft,
		"whoever is created under the id ends the events, and that stays":     creationEnds,
		"the erasure of the next one takes the place of the one before":       nextTakesThePlace,
		"no event is changed once somebody else has the id":                   laterEventsAreLeft,
		"where the events end is noted once":                                  endIsNoted,
		"what is done is noted once, and forgotten with the id and pseudonym": erasuresEnd,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holds(t, s, p)
		})
	}
}

func erasureOf(tenantID, userID string) domain.Erasure {
	return domain.Erasure{TenantID: tenantID, UserID: userID, Pseudonym: "erased_" + userID, BegunAt: fixture.Noon.UTC()}
}

func erasureBegins(t *testing.T, s store.Store, p personaldata.Store) {
	tenant := fixture.NewTenant(t, s)
	u := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "ada"))
	first, second := erasureOf(tenant.ID, "ada"), erasureOf(tenant.ID, "ada")
	second.Pseudonym = "another"
	_, err := p.Erasure(t.Context(), tenant.ID, "ada")
	fixture.WantErr(t, err, domain.ErrNotFound)
	stale := u
	stale.Version--
	fixture.WantErr(t, fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, User: &stale, DeleteUser: true, Erasure: &second}), domain.ErrConflict)
	_, err = p.Erasure(t.Context(), tenant.ID, "ada")
	fixture.WantErr(t, err, domain.ErrNotFound)
	fixture.Must(t, s, domain.Change{TenantID: tenant.ID, User: &u, DeleteUser: true, Erasure: &first})
	_, err = s.User(t.Context(), tenant.ID, "ada")
	fixture.WantErr(t, err, domain.ErrNotFound)
	fixture.WantErr(t, fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, Erasure: &second, Events: []domain.Event{fixture.NewEvent(tenant.ID, "x")}}), domain.ErrConflict)
	fixture.Same(t, len(fixture.Trail(t, s, tenant.ID)), 0)
	found, err := p.Erasure(t.Context(), tenant.ID, "ada")
	fixture.WantErr(t, err, nil)
	fixture.Same(t, found, first)
	other := fixture.NewTenant(t, s)
	_, err = p.Erasure(t.Context(), other.ID, "ada")
	fixture.WantErr(t, err, domain.ErrNotFound)
	theirs := erasureOf(other.ID, "ada")
	fixture.Must(t, s, domain.Change{TenantID: other.ID, Erasure: &theirs})
}

// namingAda are events that name ada, in each way in which one can, and some that do not.
func namingAda(tenantID string) (naming, others []domain.Event) {
	event := func(about, by string, details ...string) domain.Event {
		e := fixture.NewEvent(tenantID, about)
		e.Actor.UserID, e.Address, e.RequestID, e.Reason, e.FactorID = by, "192.0.2.1", "request", "a reason", "fct_1"
		return e.With(details...)
	}
	naming = []domain.Event{
		event("ada", ""), event("ada", "ada", "method", "totp"), event("ada", "eve"), event("eve", "ada"), event("", "ada"),
		event("eve", "", "given_by", "ada"), event("eve", "eve", "requested_user_id", "ada"), event("ada", "ada", "given_by", "ada"),
	}
	others = []domain.Event{
		event("eve", "eve"), event("", "", "method", "ada"), event("Ada", "ada2"), event("eve", "", "given_by", "root"),
		event("eve", "", "why", `"given_by":"ada"`),
	}
	return naming, others
}

// writtenApart commits events, each by itself.
func writtenApart(t *testing.T, s store.Store, events ...domain.Event) {
	t.Helper()
	for _, e := range events {
		fixture.Must(t, s, domain.Change{TenantID: e.TenantID, Events: []domain.Event{e}})
	}
}

func eventsNaming(t *testing.T, p personaldata.Store, tenantID, userID, before string, limit int) []domain.Event {
	t.Helper()
	events, err := p.EventsNaming(t.Context(), tenantID, userID, before, limit)
	fixture.WantErr(t, err, nil)
	return events
}

func namingEvents(t *testing.T, s store.Store, p personaldata.Store) {
	tenant, foreign := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	naming, others := namingAda(tenant.ID)
	theirs, _ := namingAda(foreign.ID)
	writtenApart(t, s, slices.Concat(naming, others, theirs)...)
	slices.SortFunc(naming, func(a, b domain.Event) int { return strings.Compare(b.ID, a.ID) })
	fixture.Same(t, eventsNaming(t, p, tenant.ID, "ada", "", 100), naming)
	for n := range naming {
		fixture.Same(t, eventsNaming(t, p, tenant.ID, "ada", "", n), naming[:n])
		fixture.Same(t, eventsNaming(t, p, tenant.ID, "ada", naming[n].ID, 2), naming[n+1:min(n+3, len(naming))])
	}
	fixture.Same(t, len(eventsNaming(t, p, tenant.ID, "nobody", "", 100)), 0)
}

func eventsAreRewritten(t *testing.T, s store.Store, p personaldata.Store) {
	tenant, foreign := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	naming, others := namingAda(tenant.ID)
	writtenApart(t, s, slices.Concat(naming, others)...)
	theirs := naming[0] // the same id, of another tenant
	theirs.TenantID = foreign.ID
	writtenApart(t, s, theirs)
	becomes := make([]domain.Event, len(naming))
	for i, e := range naming {
		e.UserID, e.Actor.ID, e.Actor.UserID, e.Address, e.RequestID, e.Reason = "p1", "p2", "p3", "p4", "p5", "p6"
		e.Details = map[string]string{"why": `an "odd" one \ ü`, "n": "007"}
		becomes[i] = e
	}
	fixture.WantErr(t, p.Rewrite(t.Context(), begun(t, s, tenant.ID, "ada"), naming, becomes), nil)
	fixture.Same(t, len(eventsNaming(t, p, tenant.ID, "ada", "", 100)), 0)
	want := slices.Concat(becomes, others)
	slices.SortFunc(want, func(a, b domain.Event) int { return strings.Compare(b.ID, a.ID) })
	fixture.Same(t, fixture.Trail(t, s, tenant.ID), want)
	fixture.Same(t, fixture.Trail(t, s, foreign.ID), []domain.Event{theirs})
}

func changedEventsAreLeft(t *testing.T, s store.Store, p personaldata.Store) {
	tenant := fixture.NewTenant(t, s)
	both := fixture.NewEvent(tenant.ID, "ada")
	both.Actor.UserID = "eve"
	both = both.With("given_by", "root")
	writtenApart(t, s, both)
	without := func(of domain.Event, change func(*domain.Event)) domain.Event {
		change(&of)
		return of
	}
	erasure := begun(t, s, tenant.ID, "ada")
	noAda := without(both, func(e *domain.Event) { e.UserID = "erased_ada" })
	for name, stale := range map[string]domain.Event{
		"another user":    without(both, func(e *domain.Event) { e.UserID = "ben" }),
		"another actor":   without(both, func(e *domain.Event) { e.Actor.UserID = "ben" }),
		"another details": both.With("given_by", "ben"),
	} {
		fixture.WantErr(t, p.Rewrite(t.Context(), erasure, []domain.Event{stale}, []domain.Event{noAda}), nil)
		if got := fixture.Trail(t, s, tenant.ID)[0]; got.UserID != "ada" {
			t.Errorf("%s: an event was changed that had been read before somebody else changed it", name)
		}
	}
	fixture.WantErr(t, p.Rewrite(t.Context(), erasure, []domain.Event{both}, []domain.Event{noAda}), nil)
	fixture.Same(t, fixture.Trail(t, s, tenant.ID), []domain.Event{noAda})
}

// begun stores an erasure of somebody who is deleted.
func begun(t *testing.T, s store.Store, tenantID, userID string) domain.Erasure {
	t.Helper()
	erasure := erasureOf(tenantID, userID)
	fixture.Must(t, s, domain.Change{TenantID: tenantID, Erasure: &erasure})
	return erasure
}

// asStored is the erasure of a person as it is now.
func asStored(t *testing.T, p personaldata.Store, of domain.Erasure) domain.Erasure {
	t.Helper()
	found, err := p.Erasure(t.Context(), of.TenantID, of.UserID)
	fixture.WantErr(t, err, nil)
	return found
}

// creating is the change that creates a user, with its event.
func creating(tenantID, userID string, at time.Time) domain.Change {
	user, event := fixture.NewUser(tenantID, userID), fixture.NewEvent(tenantID, userID)
	event.At = at
	return domain.Change{TenantID: tenantID, User: &user, Events: []domain.Event{event}}
}

func deleted(t *testing.T, s store.Store, tenantID, userID string) {
	t.Helper()
	user, err := s.User(t.Context(), tenantID, userID)
	fixture.WantErr(t, err, nil)
	fixture.Must(t, s, domain.Change{TenantID: tenantID, User: &user, DeleteUser: true})
}

func creationEnds(t *testing.T, s store.Store, p personaldata.Store) {
	first, again := fixture.Noon.Add(time.Hour), fixture.Noon.Add(2*time.Hour)
	silent := func(tenantID string) domain.Change { // of whose creation no event tells
		c := creating(tenantID, "ada", first)
		c.Events = nil
		return c
	}
	for name, c := range map[string]struct {
		create func(tenantID string) []domain.Change
		want   time.Time
	}{
		"alone": {func(id string) []domain.Change { return []domain.Change{creating(id, "ada", first)} }, first},
		"in a batch": {func(id string) []domain.Change {
			return []domain.Change{creating(id, "ada", first), creating(id, "eve", again)}
		}, first},
		"without an event": {func(id string) []domain.Change { return []domain.Change{silent(id), creating(id, "eve", again)} }, fixture.Noon},
		"only somebody else": {func(id string) []domain.Change {
			return []domain.Change{creating(id, "ada2", first), creating(id, "eve", first)}
		}, time.Time{}},
	} {
		tenant, foreign := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
		ada, eve, theirs := begun(t, s, tenant.ID, "ada"), begun(t, s, tenant.ID, "ben"), begun(t, s, foreign.ID, "ada")
		fixture.Must(t, s, c.create(tenant.ID)...)
		want := ada
		if !c.want.IsZero() {
			want.Before = identifier.FirstEvent(c.want)
			deleted(t, s, tenant.ID, "ada") // and another one comes
			fixture.Must(t, s, creating(tenant.ID, "ada", again))
		}
		if got := asStored(t, p, ada); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		fixture.Same(t, asStored(t, p, eve), eve)
		fixture.Same(t, asStored(t, p, theirs), theirs)
	}
}

func nextTakesThePlace(t *testing.T, s store.Store, p personaldata.Store) {
	tenant := fixture.NewTenant(t, s)
	former := begun(t, s, tenant.ID, "ada")
	fixture.WantErr(t, p.Done(t.Context(), former, fixture.Noon), nil)
	fixture.Must(t, s, creating(tenant.ID, "ada", fixture.Noon))
	user, err := s.User(t.Context(), tenant.ID, "ada")
	fixture.WantErr(t, err, nil)
	next := erasureOf(tenant.ID, "ada")
	next.Pseudonym, next.BegunAt = "erased_next", former.BegunAt.Add(time.Minute)
	change := domain.Change{TenantID: tenant.ID, User: &user, DeleteUser: true, Erasure: &next, FormerPseudonym: "another"}
	fixture.WantErr(t, fixture.Commit(t, s, change), domain.ErrConflict)
	fixture.Same(t, asStored(t, p, former).Pseudonym, former.Pseudonym)
	change.FormerPseudonym = former.Pseudonym
	fixture.Must(t, s, change)
	fixture.Same(t, asStored(t, p, next), next)
	// Whoever is still at the former one changes nothing of the next.
	fixture.WantErr(t, p.Rewrite(t.Context(), former, nil, nil), domain.ErrNotFound)
	fixture.WantErr(t, p.End(t.Context(), former, "z"), nil)
	fixture.WantErr(t, p.Done(t.Context(), former, fixture.Noon), nil)
	fixture.WantErr(t, p.Forget(t.Context(), former), nil)
	fixture.Same(t, asStored(t, p, next), next)
}

func laterEventsAreLeft(t *testing.T, s store.Store, p personaldata.Store) {
	tenant := fixture.NewTenant(t, s)
	erasure := begun(t, s, tenant.ID, "ada")
	old := fixture.NewEvent(tenant.ID, "ada")
	fixture.Must(t, s, creating(tenant.ID, "ada", fixture.Noon))
	writtenApart(t, s, old)
	before := fixture.Trail(t, s, tenant.ID)
	changed := old
	changed.UserID = erasure.Pseudonym
	rewrite := func(e domain.Erasure) error {
		return p.Rewrite(t.Context(), e, []domain.Event{old}, []domain.Event{changed})
	}
	fixture.WantErr(t, rewrite(erasure), domain.ErrConflict)
	deleted(t, s, tenant.ID, "ada")
	fixture.WantErr(t, rewrite(erasure), domain.ErrConflict)
	fixture.Same(t, fixture.Trail(t, s, tenant.ID), before)
	fixture.WantErr(t, rewrite(asStored(t, p, erasure)), nil)
	fixture.Same(t, fixture.Trail(t, s, tenant.ID), []domain.Event{before[0], changed})

	// Of those who were created while the erasure began the row does not tell.
	passed := fixture.NewTenant(t, s)
	fixture.StoredUser(t, s, fixture.NewUser(passed.ID, "ada"))
	fixture.WantErr(t, p.Rewrite(t.Context(), begun(t, s, passed.ID, "ada"), nil, nil), domain.ErrConflict)
}

func endIsNoted(t *testing.T, s store.Store, p personaldata.Store) {
	tenant := fixture.NewTenant(t, s)
	erasure := begun(t, s, tenant.ID, "ada")
	fixture.WantErr(t, p.End(t.Context(), erasure, "m"), nil)
	fixture.WantErr(t, p.End(t.Context(), erasure, "z"), nil)
	fixture.Same(t, asStored(t, p, erasure).Before, "m")
}

func erasuresEnd(t *testing.T, s store.Store, p personaldata.Store) {
	tenant := fixture.NewTenant(t, s)
	erasure := erasureOf(tenant.ID, "ada")
	fixture.Must(t, s, domain.Change{TenantID: tenant.ID, Erasure: &erasure})
	for _, at := range []time.Time{fixture.Noon.Add(time.Minute), fixture.Noon.Add(time.Hour)} {
		fixture.WantErr(t, p.Done(t.Context(), erasure, at), nil)
	}
	found, err := p.Erasure(t.Context(), tenant.ID, "ada")
	fixture.WantErr(t, err, nil)
	fixture.Same(t, found.DoneAt, fixture.Noon.Add(time.Minute))
	under, err := p.Erasures(t.Context(), 1000)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, slices.Contains(under, found), true)
	other := erasure
	other.Pseudonym = "another"
	fixture.WantErr(t, p.Forget(t.Context(), other), nil)
	_, err = p.Erasure(t.Context(), tenant.ID, "ada")
	fixture.WantErr(t, err, nil)
	fixture.WantErr(t, p.Forget(t.Context(), erasure), nil)
	_, err = p.Erasure(t.Context(), tenant.ID, "ada")
	fixture.WantErr(t, err, domain.ErrNotFound)
}
