package service_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/personaldata"
)

// faulty is a trail that fails, when it has been rewritten so often.
type faulty struct {
	personaldata.Store
	left atomic.Int64
}

var errFault = errors.New("the database is gone")

func (f *faulty) Rewrite(ctx context.Context, e domain.Erasure, was, becomes []domain.Event) error {
	if f.left.Add(-1) < 0 {
		return errFault
	}
	return f.Store.Rewrite(ctx, e, was, becomes)
}

// many gives a user n events.
func (w *world) many(id string, n int) {
	w.Helper()
	var ids identifier.Events
	change := domain.Change{TenantID: tenantName}
	for range n {
		now := w.clock.Now()
		change.Events = append(change.Events, domain.Event{
			TenantID: tenantName, ID: ids.Next(now), At: now, Action: domain.ActionVerification, Outcome: domain.OutcomeSuccess, UserID: id,
			Actor: domain.Actor{Type: domain.ActorTicket, ID: "tkt_1", UserID: id}, Address: "192.0.2.1", Details: map[string]string{"method": "totp"},
		})
	}
	w.ok(w.store.Commit(w.ctx, []domain.Change{change})[0])
}

// However it is interrupted, and whoever goes on, all events get the pseudonym that the
// first ones have.
func TestAnErasureThatIsInterruptedEndsUnderOnePseudonym(t *testing.T) {
	t.Parallel()
	const events = 1100 // three batches
	for name, goOn := range map[string]func(w *world) error{
		"by the background of another replica": func(w *world) error {
			w.ok(w.replica().FinishDueErasures(w.ctx)) // too early: the call may be at it
			if _, n := w.ofPseudonym(); n > events {
				w.Error("an erasure was taken for interrupted at once")
			}
			w.clock.advance(time.Minute)
			return w.replica().FinishDueErasures(w.ctx)
		},
		"by a second call": func(w *world) error {
			return w.replica().EraseUser(w.ctx, w.key, "ada")
		},
		"at the command line": func(w *world) error {
			return w.replica().OperatorEraseUser(w.ctx, domain.Operator{Account: "root"}, tenantName, "ada")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(w *world) {
				w.put("ada", domain.RoleMember)
				w.many("ada", events)
				w.leaves("ada", domain.RoleMember)
				whole := w.erasures
				fault := &faulty{Store: whole}
				fault.left.Store(1)
				w.erasures = fault
				w.ok(w.replica().EraseUser(w.ctx, w.key, "ada"))
				if _, n := w.ofPseudonym(); n < 2 || n > events {
					w.Fatalf("after %d events: nothing was interrupted", n)
				}
				w.erasures = whole
				w.ok(goOn(w))
				if _, n := w.ofPseudonym(); n != events+4 { // created, left, deleted and erased besides
					w.Errorf("%d events have the pseudonym, want %d", n, events+4)
				}
				w.isNowhere("ada")
			})
		})
	}
}

// Of two who are erased at once and have an event together neither brings the other back.
func TestErasuresThatMeetInOneEventUndoNothingOfEachOther(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		eve := w.enroll("eve", domain.RoleAdmin)
		w.enroll("ada", domain.RoleMember)
		for range 3 {
			eve.give("ada")
		}
		w.many("ada", 600)
		w.leaves("ada", domain.RoleMember)
		w.leaves("eve", domain.RoleAdmin)
		ids, replicas := []string{"ada", "eve"}, []*service.Service{w.replica(), w.replica()}
		if ends := race(2, func(i int) error { return replicas[i].EraseUser(w.ctx, w.key, ids[i]) }); ends[""] != 2 {
			w.Errorf("they ended with %v", ends)
		}
		w.isNowhere("ada")
		w.isNowhere("eve")
	})
}

// A role that may not change the trail does nothing by halves.
func TestWhereTheTrailIsAppendOnlyNothingIsErasedAndWhatIsDoneIsForgotten(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	w.leaves("ada", domain.RoleMember)
	whole, before := w.erasures, len(w.wholeTrail())
	w.erasures = appendOnly{whole}
	served := w.replica()
	wantCode(t, served.EraseUser(w.ctx, w.key, "ada"), domain.CodeTrailAppendOnly)
	wantCode(t, served.EraseUser(w.ctx, w.key, "nobody"), domain.CodeNotFound)
	w.snapshot("ada")
	if after := len(w.wholeTrail()); after != before {
		t.Errorf("%d events came", after-before)
	}
	w.erasures = whole
	w.interrupted("ada") // with the role that migrates
	wantCode(t, served.EraseUser(w.ctx, w.key, "ada"), domain.CodeTrailAppendOnly)
	w.erase(w.svc, "ada")
	w.erase(served, "ada") // there is nothing left to do
	w.clock.advance(5 * time.Minute)
	w.ok(served.FinishDueErasures(w.ctx))
	if _, err := whole.Erasure(w.ctx, tenantName, "ada"); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("which pseudonym it was is still known: %v", err)
	}
}

type appendOnly struct{ personaldata.Store }

func (appendOnly) MayErase(context.Context) (bool, error) { return false, nil }

func (appendOnly) Rewrite(context.Context, domain.Erasure, []domain.Event, []domain.Event) error {
	return errFault
}
