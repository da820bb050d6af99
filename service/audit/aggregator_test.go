package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
)

// trail keeps what an aggregator writes.
type trail struct {
	mu      sync.Mutex
	written []domain.Event
	before  func(context.Context) error // nil: nothing
}

func (r *trail) write(ctx context.Context, e domain.Event) error {
	if r.before != nil {
		if err := r.before(ctx); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written = append(r.written, e)
	return nil
}

func refusalOf(actor, userID string) domain.Event {
	return domain.Event{
		TenantID: "acme", Action: domain.ActionAccessRefused, UserID: userID, Actor: domain.Actor{Type: domain.ActorTicket, ID: actor},
		Details: map[string]string{"code": "forbidden", requestedUserID: "somebody"},
	}
}

func refusalKind(actor, operation string) Repeatable {
	return Repeatable{TenantID: "acme", ActorID: actor, Action: domain.ActionAccessRefused, What: operation}
}

func (g *aggregator) refuse(t *testing.T, actor, operation, userID string, times int) {
	t.Helper()
	g.refuseIn(t, "acme", actor, operation, userID, times)
}

func (g *aggregator) refuseIn(t *testing.T, tenantID, actor, operation, userID string, times int) {
	t.Helper()
	kind, event := refusalKind(actor, operation), refusalOf(actor, userID)
	kind.TenantID, event.TenantID = tenantID, tenantID
	for range times {
		if err := g.record(t.Context(), kind, event); err != nil {
			t.Fatal(err)
		}
	}
}

// counts are those of what is taken.
func counts(taken []*aggregate) map[string]int {
	counted := map[string]int{}
	for _, a := range taken {
		counted[a.kind.ActorID+" "+a.kind.What] += a.count
	}
	return counted
}

func TestOfEachKindTheFirstInAMinuteIsWrittenAndTheRestAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r trail
		g := newAggregator(r.write)
		g.refuse(t, "one", "verify", "ada", 1000)
		g.refuse(t, "one", "disable", "ada", 2)
		g.refuse(t, "two", "verify", "ada", 1)
		if len(r.written) != 3 {
			t.Errorf("%d were written, want 3", len(r.written))
		}
		time.Sleep(aggregatedFor - time.Nanosecond)
		if taken := g.take(false); len(taken) != 0 {
			t.Errorf("the minute has not ended: %v", counts(taken))
		}
		time.Sleep(time.Nanosecond)
		if diff := cmp.Diff(map[string]int{"one verify": 999, "one disable": 1}, counts(g.take(false))); diff != "" {
			t.Errorf("counted (-want +got):\n%s", diff)
		}
		g.refuse(t, "one", "verify", "ada", 2)
		if len(r.written) != 4 {
			t.Errorf("of the next minute %d were written", len(r.written)-3)
		}
		if len(g.kinds) != 1 {
			t.Errorf("%d kinds are remembered", len(g.kinds))
		}
	})
}

// A minute is one, whether or not the counts are written when it ends.
func TestAMinuteWithNothingToCountEndsByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r trail
		g := newAggregator(r.write)
		for range 3 {
			g.refuse(t, "one", "verify", "ada", 1)
			time.Sleep(aggregatedFor)
		}
		if len(r.written) != 3 {
			t.Errorf("%d were written, want 3", len(r.written))
		}
	})
}

// Nobody is answered before the first one is in the trail; when it cannot be written, the next in line tries.
func TestOfThoseWhoComeAtOnceOneIsWrittenBeforeAnyIsAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failures, gate := 2, make(chan struct{})
		r := trail{before: func(context.Context) error {
			<-gate
			if failures--; failures >= 0 {
				return errors.New("the database is gone")
			}
			return nil
		}}
		g := newAggregator(r.write)
		var mu sync.Mutex
		answered := map[bool]int{}
		for range 50 {
			go func() {
				err := g.record(t.Context(), refusalKind("one", "verify"), refusalOf("one", "ada"))
				mu.Lock()
				defer mu.Unlock()
				answered[err == nil]++
			}()
		}
		for n := range 3 {
			synctest.Wait()
			if answered[true] != 0 || answered[false] != n {
				t.Fatalf("before one was written, these were answered: %v", answered)
			}
			gate <- struct{}{}
		}
		synctest.Wait()
		if diff := cmp.Diff(map[bool]int{true: 48, false: 2}, answered); diff != "" || len(r.written) != 1 {
			t.Errorf("%d written; answered (-want +got):\n%s", len(r.written), diff)
		}
		if diff := cmp.Diff(map[string]int{"one verify": 47}, counts(g.take(true))); diff != "" {
			t.Errorf("counted (-want +got):\n%s", diff)
		}
	})
}

func TestWhoWaitsForTheFirstWaitsNoLongerThanItsCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := trail{before: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		g := newAggregator(r.write)
		var calls sync.WaitGroup
		for _, timeout := range []time.Duration{time.Minute, time.Second} {
			calls.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				began := time.Now()
				if err := g.record(ctx, refusalKind("one", "verify"), refusalOf("one", "")); err == nil || time.Since(began) != timeout {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
			synctest.Wait()
		}
		calls.Wait()
	})
}

func TestAPanicWhileTheFirstIsWrittenLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	r := trail{before: func(context.Context) error { panic("in the store") }}
	g := newAggregator(r.write)
	for range 2 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("nobody heard of the panic")
				}
			}()
			g.refuse(t, "one", "verify", "", 1)
		}()
	}
}

// A service key acts for many: each is told, up to a number.
func TestOfAFewUsersEachFirstIsWritten(t *testing.T) {
	t.Parallel()
	var r trail
	g := newAggregator(r.write)
	for n := range 100 {
		g.refuse(t, "key", "disable", fmt.Sprint("user-", n), 2)
	}
	if len(r.written) != aggregatedUsers {
		t.Errorf("%d were written, want %d", len(r.written), aggregatedUsers)
	}
	if diff := cmp.Diff(map[string]int{"key disable": 200 - aggregatedUsers}, counts(g.take(true))); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

// However many credentials there are, memory is bounded, and so is what is written; what has to be told one by one
// cannot be hidden in the crowd.
func TestWhatFindsNoRoomIsCountedForItsTenant(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ tenants, room int }{
		"of one tenant":   {1, aggregatedTenantKinds},
		"of many tenants": {9, aggregatedKinds - 7}, // the crowds of the first seven take a place each
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r trail
			g := newAggregator(r.write)
			const crowd = aggregatedTenantKinds + 500
			for n := range c.tenants * crowd {
				g.refuseIn(t, fmt.Sprint("tenant-", n/crowd), fmt.Sprint("ticket-", n), "verify", fmt.Sprint("user-", n), 2)
			}
			written := c.room + c.tenants*aggregatedUsers
			if len(r.written) != written || len(g.kinds) != c.room+c.tenants {
				t.Errorf("%d were written, want %d, and %d kinds are remembered", len(r.written), written, len(g.kinds))
			}
			kind := Repeatable{TenantID: "tenant-0", ActorID: "thief", Action: domain.ActionEnrollmentShown, What: "fct", Each: true}
			for range 3 {
				if err := g.record(t.Context(), kind, domain.Event{Action: domain.ActionEnrollmentShown}); err != nil {
					t.Fatal(err)
				}
			}
			if len(r.written) != written+3 {
				t.Errorf("of 3 that have to be told one by one %d were written", len(r.written)-written)
			}
			total := 0
			for _, n := range counts(g.take(true)) {
				total += n
			}
			if want := 2*c.tenants*crowd - written; total != want || len(g.held) != 0 {
				t.Errorf("%d were counted, want %d; held afterwards: %v", total, want, g.held)
			}
		})
	}
}

func TestATenantThatIsRefusedALotTakesNoOthersFirstRefusals(t *testing.T) {
	t.Parallel()
	var r trail
	g := newAggregator(r.write)
	for n := range aggregatedKinds {
		g.refuseIn(t, "noisy", fmt.Sprint("ticket-", n), "verify", "", 1)
	}
	before := len(r.written)
	for n := range 3 {
		g.refuseIn(t, "quiet", fmt.Sprint("key-", n), "verify", "", 1)
	}
	if written := len(r.written) - before; written != 3 {
		t.Errorf("of three credentials' first refusals %d were written", written)
	}
}

// What could not be written is told with what was counted meanwhile: of all users, and of one if it was one alone.
func TestACountThatIsKeptIsToldOfWhomAllOfItWas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, after, user, codes string }{
		"of one user":                    {"ada", "ada", "ada", "before, after"},
		"of another one":                 {"ada", "bob", "", "before, after"},
		"of nobody, and of a user":       {"", "bob", "", "before, after"},
		"with nothing counted meanwhile": {"ada", "none", "ada", "before"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r trail
			g := newAggregator(r.write)
			trail := &Trail{clock: clock.Watch(clock.System{}, nil, 0, 0), aggregator: g}
			refuse := func(user, code string) {
				event := refusalOf("key", user)
				event.Details["code"] = code
				for range 3 {
					if err := g.record(t.Context(), refusalKind("key", "disable"), event); err != nil {
						t.Fatal(err)
					}
				}
			}
			refuse(c.before, "before")
			taken := g.take(true)
			want := "2"
			if c.after != "none" {
				refuse(c.after, "after")
				want = "4"
			}
			g.restore(taken[0])
			told := trail.counted(g.take(true)[0])
			if told.UserID != c.user || told.Details["count"] != want || told.Details["code"] != c.codes {
				t.Errorf("told of %q: %v", told.UserID, told.Details)
			}
		})
	}
}
