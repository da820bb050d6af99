package admission_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api/admission"
)

// queueTest is a queue, and work in it that ends when the test says so.
type queueTest struct {
	t     *testing.T
	queue *admission.Queue

	mu      sync.Mutex
	began   []string // whose work began, in order
	running map[string][]chan struct{}
	ended   map[string][]error
}

func newQueueTest(t *testing.T, l admission.Limits) *queueTest {
	return &queueTest{t: t, queue: admission.New(l), running: map[string][]chan struct{}{}, ended: map[string][]error{}}
}

// send sends work of tenants, one after the other, until each runs, waits or is refused.
func (r *queueTest) send(ctx context.Context, tenants ...string) {
	for _, tenant := range tenants {
		go func() {
			err := r.queue.Do(ctx, tenant, func() error {
				end := make(chan struct{})
				r.mu.Lock()
				r.began = append(r.began, tenant)
				r.running[tenant] = append(r.running[tenant], end)
				r.mu.Unlock()
				<-end
				return nil
			})
			r.mu.Lock()
			defer r.mu.Unlock()
			r.ended[tenant] = append(r.ended[tenant], err)
		}()
		synctest.Wait()
	}
}

// end ends the oldest work of tenants that runs.
func (r *queueTest) end(tenants ...string) {
	for _, tenant := range tenants {
		r.mu.Lock()
		oldest := r.running[tenant][0]
		r.running[tenant] = r.running[tenant][1:]
		r.mu.Unlock()
		close(oldest)
		synctest.Wait()
	}
}

// endAll ends work until none runs, and wants everybody to have been served or refused.
func (r *queueTest) endAll() {
	r.t.Helper()
	for busy := true; busy; {
		busy = false
		for _, tenant := range slices.Sorted(maps.Keys(r.running)) {
			if len(r.running[tenant]) > 0 {
				busy = true
				r.end(tenant)
			}
		}
	}
	r.load(0, 0)
}

func (r *queueTest) load(running, waiting int) {
	r.t.Helper()
	if gotRunning, gotWaiting := r.queue.Load(); gotRunning != running || gotWaiting != waiting {
		r.t.Errorf("%d run and %d wait, want %d and %d", gotRunning, gotWaiting, running, waiting)
	}
}

func (r *queueTest) wantErrors(tenant string, want ...error) {
	r.t.Helper()
	got := r.ended[tenant]
	if !slices.EqualFunc(got, want, errors.Is) {
		r.t.Errorf("the work of %s ended %v, want %v", tenant, got, want)
	}
}

// times repeats what a tenant sends.
func times(n int, tenant string) []string { return slices.Repeat([]string{tenant}, n) }

// inTime runs a test whose goroutines and timers are all its own.
func inTime(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	})
}

func TestWaitingTenantsAreTakenInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newQueueTest(t, admission.Limits{Running: 4, Share: 1, Waiting: 20, MaxWait: time.Hour})
		r.send(t.Context(), "x", "x", "y", "z") // nothing is free
		r.send(t.Context(), times(6, "a")...)
		r.send(t.Context(), "b", "b", "c")
		r.end("x", "x", "y", "z")
		r.endAll()
		if diff := cmp.Diff("xxyzabcabaaaa", strings.Join(r.began, "")); diff != "" {
			t.Errorf("served in the order (-want +got):\n%s", diff)
		}
	})
}

func TestATenantWithMuchWaitingIsServedOnceATurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newQueueTest(t, admission.Limits{Running: 1, Share: 32, Waiting: 20, MaxWait: time.Hour})
		r.send(t.Context(), "x", "a", "a", "a", "b", "b", "c")
		r.endAll()
		if diff := cmp.Diff("xabcaba", strings.Join(r.began, "")); diff != "" {
			t.Errorf("served in the order (-want +got):\n%s", diff)
		}
	})
}

func TestOneTenantLeavesRoomForOthersHoweverManyItsWorkIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limits admission.Limits
		busy   []string
		runs   []int // of each of the busy ones
	}{
		"one gets three quarters":       {admission.Limits{Running: 64, Share: 3}, []string{"a"}, []int{48}},
		"or half":                       {admission.Limits{Running: 4, Share: 1}, []string{"a"}, []int{2}},
		"or as many as it may":          {admission.Limits{Running: 32, Share: 32, PerTenant: 2}, []string{"a"}, []int{2}},
		"a second one gets of the rest": {admission.Limits{Running: 64, Share: 3}, []string{"a", "b"}, []int{48, 12}},
	} {
		inTime(t, name, func(t *testing.T) {
			test.limits.Waiting, test.limits.MaxWait = 1000, time.Hour
			r := newQueueTest(t, test.limits)
			for n, tenant := range test.busy {
				r.send(t.Context(), times(100, tenant)...)
				if got := len(r.running[tenant]); got != test.runs[n] {
					t.Errorf("%d of %s run, want %d", got, tenant, test.runs[n])
				}
			}
			r.send(t.Context(), "quiet")
			if len(r.running["quiet"]) != 1 {
				t.Error("a quiet tenant waits")
			}
			r.endAll()
		})
	}
}

// However unequal the beginning was: with each turn the parts get more equal.
func TestBusyTenantsEndUpWithEqualParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newQueueTest(t, admission.Limits{Running: 70, Share: 3, Waiting: 1000, MaxWait: time.Hour})
		r.send(t.Context(), times(300, "a")...)
		r.send(t.Context(), times(300, "b")...)
		for range 100 { // work of both takes equally long
			r.end("a", "b")
		}
		if a, b := len(r.running["a"]), len(r.running["b"]); max(a, b) > 31 || min(a, b) < 30 {
			t.Errorf("%d and %d run, want 30 each and some free", a, b)
		}
		r.endAll()
	})
}
