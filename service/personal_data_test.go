package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/personaldata"
)

// leaves says that a user is active no more.
func (w *world) leaves(id string, role domain.Role) {
	w.Helper()
	w.profile(id, domain.Profile{Username: id, AuthSource: domain.AuthLocal, Role: role, Active: false})
}

// wholeTrail is all events of the tenant.
func (w *world) wholeTrail() []domain.Event {
	w.Helper()
	page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{})
	w.ok(err)
	return page.Events
}

func (w *world) erase(s *service.Service, id string) {
	w.Helper()
	w.ok(s.EraseUser(w.ctx, w.key, id))
}

// named says that a person is somewhere in an event.
func named(e domain.Event, id string) bool {
	for _, value := range e.Details {
		if value == id {
			return true
		}
	}
	return e.UserID == id || e.Actor.UserID == id
}

// ofPseudonym returns the pseudonym, and how many events have it anywhere.
func (w *world) ofPseudonym() (pseudonym string, events int) {
	w.Helper()
	for _, e := range w.wholeTrail() {
		if e.Action == domain.ActionUserErased {
			if pseudonym != "" {
				w.Errorf("there are two pseudonyms, %s and %s", pseudonym, e.UserID)
			}
			pseudonym = e.UserID
		}
	}
	for _, e := range w.wholeTrail() {
		if named(e, pseudonym) {
			events++
		}
	}
	return pseudonym, events
}

func TestAnErasedPersonIsNowhereAndTheEventsAreOnesPersonsStill(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		boss, root := w.enroll("boss", domain.RoleOwner), w.enroll("root", domain.RoleOwner)
		w.enroll("ada", domain.RoleMember)
		pass := boss.give("ada")
		_, err := w.svc.Exempt(w.ctx, w.key, service.ExemptInput{UserID: "ada", StepUp: boss.stepUp(), Until: w.clock.Now().Add(time.Hour), Reason: "ada is abroad, says boss"})
		w.ok(err)
		_, err = w.pass(w.svc, "ada", pass)
		w.ok(err)
		w.enroll("carl", domain.RoleMember)
		boss.give("carl")
		_, err = w.svc.Exempt(w.ctx, w.key, service.ExemptInput{UserID: "carl", StepUp: boss.stepUp(), Until: w.clock.Now().Add(time.Hour), Reason: "abroad"})
		w.ok(err)
		w.leaves("boss", domain.RoleOwner)
		before := w.wholeTrail()

		w.erase(w.svc, "boss")

		pseudonym, events := w.ofPseudonym()
		if !strings.HasPrefix(pseudonym, "erased_") || len(pseudonym) < 30 {
			t.Errorf("the pseudonym is %q", pseudonym)
		}
		want := 2 // deleted, erased
		for _, e := range before {
			if named(e, "boss") {
				want++
			}
		}
		if events != want {
			t.Errorf("%d events have the pseudonym, want %d", events, want)
		}
		w.isNowhere("boss")
		for _, id := range []string{"ada", "carl"} {
			u := w.snapshot(id)
			if by := u.AccessPass.GivenBy; by == "boss" || id == "carl" && by != pseudonym {
				t.Errorf("%s has a pass of %q", id, by)
			}
			if u.Exemption.GrantedBy != pseudonym {
				t.Errorf("%s is exempted by %q", id, u.Exemption.GrantedBy)
			}
		}
		w.ok(root.verify(w.svc, root.code(0))) // whom it is no concern of
	})
}

// isNowhere looks through the trail and the people for an id.
func (w *world) isNowhere(id string) {
	w.Helper()
	for _, e := range w.wholeTrail() {
		if named(e, id) {
			w.Errorf("%s names %s: %+v", e.Action, id, e)
		}
	}
	_, err := w.store.User(w.ctx, tenantName, id)
	wantCode(w.T, err, domain.CodeNotFound)
	_, err = w.svc.ExportUser(w.ctx, w.key, id, personaldata.Page{Limit: 10})
	wantCode(w.T, err, domain.CodeNotFound)
}

func TestWhoIsActiveIsNotErasedAndNothingIsDone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.enroll("ada", domain.RoleMember)
	user, events := w.snapshot("ada"), w.wholeTrail()
	wantCode(t, w.svc.EraseUser(w.ctx, w.key, "ada"), domain.CodeUserActive)
	wantCode(t, w.svc.OperatorEraseUser(w.ctx, domain.Operator{}, tenantName, "ada"), domain.CodeUserActive)
	if diff := cmp.Diff(user, w.snapshot("ada")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(events, w.wholeTrail()); diff != "" {
		t.Error(diff)
	}
}

// The host may have deleted them long ago, as it does, and be asked only then.
func TestWhoWasDeletedBeforeIsErasedByTheTrailAlone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.enroll("ada", domain.RoleMember)
	w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
	w.erase(w.svc, "ada")
	w.isNowhere("ada")
	wantCode(t, w.svc.EraseUser(w.ctx, w.key, "nobody"), domain.CodeNotFound)
}

// A replica that has counted events writes them when their minute ends.
func TestEventsThatComeLateGetThePseudonymToo(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	w.leaves("ada", domain.RoleMember)
	w.erase(w.svc, "ada")
	w.clock.advance(time.Minute)
	w.writes(w.counted("ada"))
	_, before := w.ofPseudonym()
	w.ok(w.svc.FinishDueErasures(w.ctx))
	if _, events := w.ofPseudonym(); events != before {
		t.Error("it was looked for too early, and may have been missed by that")
	}
	w.clock.advance(5 * time.Minute)
	w.ok(w.svc.FinishDueErasures(w.ctx))
	if _, events := w.ofPseudonym(); events != before+1 {
		t.Errorf("%d events have the pseudonym, want %d", events, before+1)
	}
	w.isNowhere("ada")
	wantCode(t, w.svc.EraseUser(w.ctx, w.key, "ada"), domain.CodeNotFound) // nothing remembers which pseudonym it was
}
