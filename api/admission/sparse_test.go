package admission_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/api/admission"
)

const sparseMemory = 50 * time.Millisecond

func (r *queueTest) wantRunning(tenant string, want int) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := len(r.running[tenant]); got != want {
		r.t.Errorf("%d of %s run, want %d", got, tenant, want)
	}
}

// besideSparse is a queue in which a busy tenant runs 12 at once, and 2 beside a sparse one.
func besideSparse(t *testing.T) *queueTest {
	return newQueueTest(t, admission.Limits{
		Running: 16, Share: 3, BesideSparse: 2, Sparse: admission.NewSparse(sparseMemory), Waiting: 1000, MaxWait: time.Hour,
	})
}

func TestABusyTenantRunsLittleBesideASparseOneAndMuchWhenThatIsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := besideSparse(t)
		r.send(t.Context(), times(100, "busy")...)
		r.wantRunning("busy", 12)
		r.send(t.Context(), "quiet")
		r.wantRunning("quiet", 1)
		r.end(times(12, "busy")...)
		r.wantRunning("busy", 2)
		r.end("quiet")
		time.Sleep(sparseMemory - time.Nanosecond)
		r.end("busy")
		r.wantRunning("busy", 2)
		time.Sleep(time.Nanosecond)
		r.end("busy")
		r.wantRunning("busy", 12)
		r.endAll()
	})
}

// What the last two had is enough: the busy one is not between them.
func TestASparseTenantIsSeenThoughOthersAndTheBusyOneCallToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := besideSparse(t)
		r.send(t.Context(), "quiet", "busy", "busy")
		r.end("quiet")
		r.send(t.Context(), times(100, "busy")...)
		r.wantRunning("busy", 2)
		r.endAll()
	})
}

// A tenant that never waits is not sparse either when it runs as much as one that is bounded.
func TestATenantThatRunsMoreThanABoundedOneMayIsNotSparse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := besideSparse(t)
		r.send(t.Context(), times(3, "steady")...)
		r.send(t.Context(), times(100, "busy")...)
		time.Sleep(sparseMemory)
		for range 20 {
			r.end("steady", "busy")
			r.send(t.Context(), "steady")
		}
		r.wantRunning("steady", 3)
		r.wantRunning("busy", 11)
		r.endAll()
	})
}

func TestWhoWaitsRunsWithTheOneThatComesWhenABoundHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := besideSparse(t)
		r.send(t.Context(), "quiet", "busy", "busy", "busy")
		time.Sleep(sparseMemory)
		r.send(t.Context(), "busy")
		r.wantRunning("busy", 4)
		r.endAll()
	})
}

// Else two would hold each other down, and commits would be small though nobody gains.
func TestTenantsThatAreAllBusyAreNotSparse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := besideSparse(t)
		r.send(t.Context(), times(200, "a")...)
		r.send(t.Context(), times(200, "b")...)
		time.Sleep(sparseMemory)
		for range 100 {
			r.end("a", "b")
		}
		if a, b := len(r.running["a"]), len(r.running["b"]); min(a, b) < 6 || a+b != 15 {
			t.Errorf("%d and %d run, want about equal parts of 16, and one place free", a, b)
		}
		r.endAll()
	})
}

func TestAPlaceRestsAfterItsWorkOnlyBesideASparseTenant(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		beside      string
		took, rests time.Duration
	}{
		"a tenant alone":                           {"lister", 10 * time.Millisecond, 0},
		"beside a sparse tenant":                   {"quiet", 10 * time.Millisecond, 20 * time.Millisecond},
		"beside a sparse tenant, for a second yet": {"quiet", 3 * time.Second, time.Second},
	} {
		inTime(t, name, func(t *testing.T) {
			sparse := admission.NewSparse(sparseMemory)
			limits := admission.Limits{Running: 1, Share: 2, BesideSparse: 1, Sparse: sparse, Waiting: 9, MaxWait: time.Hour}
			calls := admission.New(limits)
			limits.Rest = 2
			r := newQueueTest(t, limits)
			r.send(t.Context(), "lister", "lister")
			time.Sleep(test.took)
			if err := calls.Do(t.Context(), test.beside, func() error { return nil }); err != nil {
				t.Fatal(err)
			}
			r.end("lister")
			if test.rests > 0 {
				time.Sleep(test.rests - time.Nanosecond)
				r.wantRunning("lister", 0)
				time.Sleep(time.Nanosecond)
				synctest.Wait()
			}
			r.wantRunning("lister", 1)
			if t.Failed() {
				return
			}
			r.end("lister")
			time.Sleep(time.Hour)
			r.endAll()
		})
	}
}
