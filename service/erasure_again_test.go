package service_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/personaldata"
	"github.com/countersign/countersign/service/store"
)

// counted is an event of now that a replica has not written yet.
func (w *world) counted(id string) domain.Event {
	now := w.clock.Now()
	return domain.Event{
		TenantID: tenantName, ID: new(identifier.Events).Next(now), At: now, Action: domain.ActionAccessRefused, Outcome: domain.OutcomeRefused,
		UserID: id, Actor: domain.Actor{Type: domain.ActorTicket, ID: "tkt_1", UserID: id}, Address: "192.0.2.1",
	}
}

// writes writes it.
func (w *world) writes(late domain.Event) {
	w.Helper()
	w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, Events: []domain.Event{late}}})[0])
}

// erasedAs are the pseudonyms of all who were erased, the first one first, and how many
// events have each.
func (w *world) erasedAs() (pseudonyms []string, events []int) {
	w.Helper()
	trail := w.wholeTrail()
	for _, erased := range slices.Backward(trail) {
		if erased.Action != domain.ActionUserErased {
			continue
		}
		n := 0
		for _, e := range trail {
			if named(e, erased.UserID) {
				n++
			}
		}
		pseudonyms, events = append(pseudonyms, erased.UserID), append(events, n)
	}
	return pseudonyms, events
}

// Who has the id now is somebody else.
func TestWhoComesAfterUnderTheSameIdKeepsTheirEvents(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.put("ada", domain.RoleMember)
		w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
		w.erase(w.svc, "ada")
		w.clock.advance(time.Second)
		w.put("ada", domain.RoleMember)
		pseudonym, first := w.ofPseudonym()
		w.clock.advance(time.Hour)
		w.ok(w.svc.FinishDueErasures(w.ctx))
		if got := w.events("ada"); len(got) != 1 {
			t.Errorf("%d events, want one: of the creation", len(got))
		}
		if again, events := w.ofPseudonym(); again != pseudonym || events != first {
			t.Errorf("%s has %d events, want %s with %d", again, events, pseudonym, first)
		}
	})
}

// Whoever came after may be gone by the time somebody looks for what came late of the first.
func TestWhoCameAfterAndIsGoneKeepsTheirEventsToo(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.put("ada", domain.RoleMember)
		w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
		w.erase(w.svc, "ada")
		pseudonym, first := w.ofPseudonym()
		late := w.counted("ada")
		w.clock.advance(time.Minute)
		w.put("ada", domain.RoleMember)
		behind := w.counted("ada") // by a replica whose clock is as far behind as that of the creation is ahead
		behind.ID = new(identifier.Events).Next(behind.At.Add(-9 * time.Second))
		w.writes(behind)
		w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
		w.writes(late)
		w.clock.advance(time.Hour)
		w.ok(w.svc.FinishDueErasures(w.ctx))
		if got := w.events("ada"); len(got) != 3 {
			t.Errorf("%d events, want three: that they came, were refused, and went", len(got))
		}
		if again, events := w.ofPseudonym(); again != pseudonym || events != first+1 {
			t.Errorf("%s has %d events, want %s with %d", again, events, pseudonym, first+1)
		}
	})
}

// Who is created in the moment in which an erasure begins may not see it, nor be seen.
func TestWhoIsCreatedWhileAnErasureBeginsKeepsTheirEvents(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.writes(w.counted("ada"))
	w.clock.advance(time.Minute)
	w.put("ada", domain.RoleMember)
	w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, Erasure: &domain.Erasure{
		TenantID: tenantName, UserID: "ada", Pseudonym: "erased_1", BegunAt: w.clock.Now(),
	}}})[0])
	w.clock.advance(time.Minute)
	w.ok(w.svc.FinishDueErasures(w.ctx))
	if got, first := w.events("ada"), w.events("erased_1"); len(got) != 1 || len(first) != 1 {
		t.Errorf("the one has %d events and who was before has %d, want one each", len(got), len(first))
	}
}

// replaced is a trail whose erasure is another one as soon as it is told where it ends.
type replaced struct {
	personaldata.Store
	replace func()
	looks   int // for events of the other one
}

func (r *replaced) End(ctx context.Context, e domain.Erasure, before string) error {
	err := r.Store.End(ctx, e, before)
	r.replace()
	return err
}

func (r *replaced) EventsNaming(ctx context.Context, tenantID, userID, before string, limit int) ([]domain.Event, error) {
	r.looks++
	return r.Store.EventsNaming(ctx, tenantID, userID, before, limit)
}

func TestWhoFinishesAnErasureDoesNothingForTheOneThatTookItsPlace(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	begin := func(pseudonym, former string) {
		w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, FormerPseudonym: former, Erasure: &domain.Erasure{
			TenantID: tenantName, UserID: "ada", Pseudonym: pseudonym, BegunAt: w.clock.Now(),
		}}})[0])
	}
	begin("erased_1", "")
	other := &replaced{Store: w.erasures, replace: func() { begin("erased_2", "erased_1") }}
	w.erasures = other
	w.clock.advance(time.Minute)
	w.ok(w.replica().FinishDueErasures(w.ctx))
	if other.looks != 0 {
		t.Errorf("the trail is looked through %d times", other.looks)
	}
}

// Two persons of one id have a pseudonym each, however soon one comes after the other.
func TestWhoIsErasedAfterAnotherOfTheSameIdHasAPseudonymOfTheirOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first func(w *world) // is erased
		next  func(w *world) // is no longer
	}{
		"once the one before is done": {
			first: func(w *world) { w.erase(w.svc, "ada") },
			next:  func(w *world) { w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada")) },
		},
		"while the one before is under way": {
			first: func(w *world) { w.interrupted("ada") },
			next:  func(w *world) { w.leaves("ada", domain.RoleMember) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(w *world) {
				w.put("ada", domain.RoleMember)
				w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
				c.first(w)
				late := w.counted("ada")
				w.clock.advance(time.Minute)
				w.put("ada", domain.RoleMember)
				c.next(w)
				w.writes(late)
				w.erase(w.svc, "ada")
				// Created, deleted, erased, and what came late of the first; the second one may have left first.
				pseudonyms, events := w.erasedAs()
				if len(pseudonyms) != 2 || pseudonyms[0] == pseudonyms[1] || events[0] != 4 || events[1] < 3 {
					t.Fatalf("%q have %d events", pseudonyms, events)
				}
				w.isNowhere("ada")
				w.clock.advance(time.Hour)
				w.ok(w.svc.FinishDueErasures(w.ctx))
				wantCode(t, w.svc.EraseUser(w.ctx, w.key, "ada"), domain.CodeNotFound)
			})
		})
	}
}

// limited is what tells by when the trail has to be rewritten.
type limited struct {
	personaldata.Store
	fails error
	until []time.Duration // -1: for as long as it takes
}

func (l *limited) Rewrite(ctx context.Context, e domain.Erasure, was, becomes []domain.Event) error {
	until := time.Duration(-1)
	if at, bounded := ctx.Deadline(); bounded {
		until = time.Until(at)
	}
	l.until = append(l.until, until)
	if l.fails != nil {
		return l.fails
	}
	return l.Store.Rewrite(ctx, e, was, becomes)
}

// However much is left of whoever had the id before, it is no part of a decision, which has ten seconds.
func TestWhoHadTheIdBeforeIsErasedForAsLongAsACallMayTakeAndAtTheCommandLineAsItNeeds(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
	w.interrupted("ada")
	w.clock.advance(time.Minute)
	w.put("ada", domain.RoleMember)
	w.leaves("ada", domain.RoleMember)
	looked := &limited{Store: w.erasures, fails: context.DeadlineExceeded}
	w.erasures = looked
	svc := w.replica()
	wantCode(t, svc.EraseUser(w.ctx, w.key, "ada"), domain.CodeUnavailable)
	if len(looked.until) != 1 || looked.until[0] < 0 || looked.until[0] > 5*time.Second {
		t.Errorf("a call takes up to %v", looked.until)
	}
	looked.fails, looked.until = nil, nil
	w.ok(svc.OperatorEraseUser(w.ctx, domain.Operator{Account: "root"}, tenantName, "ada"))
	if len(looked.until) < 2 || slices.Max(looked.until) >= 0 {
		t.Errorf("the command line takes up to %v", looked.until)
	}
	w.isNowhere("ada")
}

// interrupted begins an erasure that does not get further.
func (w *world) interrupted(id string) {
	w.Helper()
	whole := w.erasures
	w.erasures = &faulty{Store: whole}
	w.erase(w.replica(), id)
	w.erasures = whole
}

// besides is what tells whether an erasure reads and writes where nobody waits for it.
type besides struct {
	personaldata.Store
	reads int // that are not there
}

func (b *besides) count(ctx context.Context) {
	if !store.IsList(ctx) {
		b.reads++
	}
}

func (b *besides) Erasures(ctx context.Context, limit int) ([]domain.Erasure, error) {
	b.count(ctx)
	return b.Store.Erasures(ctx, limit)
}

func (b *besides) EventsNaming(ctx context.Context, tenantID, userID, before string, limit int) ([]domain.Event, error) {
	b.count(ctx)
	return b.Store.EventsNaming(ctx, tenantID, userID, before, limit)
}

// However long the trail is, those who log in wait neither for it to be looked through nor
// for the rows of others that are changed with it.
func TestAnErasureTakesNothingFromThoseWhoLogIn(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	boss := w.enroll("boss", domain.RoleOwner)
	w.enroll("root", domain.RoleOwner)
	w.enroll("carl", domain.RoleMember)
	boss.give("carl")
	w.leaves("boss", domain.RoleOwner)
	looked, shared := &besides{Store: w.erasures}, 0
	w.erasures = looked
	svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
		if !store.IsBulk(ctx) && about(changes, "carl") {
			shared++
		}
		return carryOut(ctx, changes)
	})
	w.erase(svc, "boss")
	w.clock.advance(time.Hour)
	w.ok(svc.FinishDueErasures(w.ctx))
	if by := w.snapshot("carl").AccessPass.GivenBy; by == "boss" || looked.reads+shared != 0 {
		t.Errorf("carl has a pass of %q; %d reads and %d commits went with those of others", by, looked.reads, shared)
	}
}

// Webhooks and followers are told a count as it is written: to change it later is too late.
func TestWhatAReplicaCountedOfSomebodyErasedHasThePseudonymAtOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		refused := func(by *service.Service) {
			c := w.ticketOf("ada", domain.PurposeLogin)
			for range 3 {
				_, err := by.GetUser(w.ctx, c, "eve")
				wantCode(w.T, err, domain.CodeForbidden)
			}
		}
		comes := func() { w.put("eve", domain.RoleMember); w.put("ada", domain.RoleMember) }
		comes()
		early, late := w.replica(), w.replica()
		refused(early)
		refused(late)
		w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
		w.erase(w.svc, "ada")
		pseudonym, before := w.ofPseudonym()
		ends(early)
		w.clock.advance(time.Minute)
		comes()
		own := len(w.events("ada"))
		refused(w.svc) // somebody else's by now
		ends(w.svc)
		ends(late)
		if again, events := w.ofPseudonym(); again != pseudonym || events != before+2 {
			t.Errorf("%s has %d events, want %s with two counts more than %d", again, events, pseudonym, before)
		}
		if got := len(w.events("ada")) - own; got != 3 { // a ticket, a refusal and a count
			t.Errorf("the next one has %d new events, want 3", got)
		}
	})
}
