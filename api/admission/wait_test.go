package admission_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/api/admission"
)

// two is room for two, of different tenants.
var two = admission.Limits{Running: 2, Share: 1, Waiting: 4, MaxWait: 3 * time.Second}

func TestWhoHangsUpWaitsNoMoreAndTheNextOneIsServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newQueueTest(t, two)
		r.send(t.Context(), "a", "b")
		ctx, hangUp := context.WithCancel(t.Context())
		r.send(ctx, "c")
		r.send(t.Context(), "d")
		hangUp()
		synctest.Wait()
		r.wantErrors("c", context.Canceled)
		r.load(2, 1)
		r.end("a")
		if len(r.running["d"]) != 1 {
			t.Error("the next one still waits")
		}
		r.endAll()
	})
}

func TestNobodyWaitsLongerThanTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newQueueTest(t, two)
		r.send(t.Context(), "a", "b", "c")
		time.Sleep(two.MaxWait - 1)
		synctest.Wait()
		r.load(2, 1)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		r.wantErrors("c", admission.ErrWaited)
		r.load(2, 0)
		r.endAll()
	})
}

func TestATurnThatComesWhenItsClientHangsUpIsGivenOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 200 { // either may be seen first
			r := newQueueTest(t, two)
			r.send(t.Context(), "a", "b")
			ctx, hangUp := context.WithCancel(t.Context())
			r.send(ctx, "c")
			r.send(t.Context(), "d")
			hangUp()
			r.end("a", "b")
			if len(r.running["d"]) != 1 {
				t.Fatal("the next one still waits")
			}
			r.endAll()
		}
	})
}

func TestWhenNoMoreMayWaitTheTenantWithMostWaitingLosesItsNewest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newQueueTest(t, two)
		r.send(t.Context(), "a", "b")
		r.send(t.Context(), times(6, "noisy")...)
		r.load(2, 4)
		r.wantErrors("noisy", admission.ErrFull, admission.ErrFull)
		r.send(t.Context(), "quiet", "quiet") // its equal part of four places
		r.load(2, 4)
		r.wantErrors("noisy", admission.ErrFull, admission.ErrFull, admission.ErrFull, admission.ErrFull)
		r.send(t.Context(), "quiet")
		r.wantErrors("quiet", admission.ErrFull)
		r.endAll()
		r.wantErrors("quiet", admission.ErrFull, nil, nil)
	})
}

func TestATenantWithinItsPartIsNeverRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newQueueTest(t, admission.Limits{Running: 8, Share: 3, Waiting: 40, MaxWait: time.Hour})
		for n := range 4 {
			r.send(t.Context(), times(100, fmt.Sprint("noisy-", n))...)
		}
		r.send(t.Context(), times(8, "quiet")...)
		r.endAll()
		if got := len(r.ended["quiet"]); got != 8 {
			t.Errorf("%d of the quiet tenant ended, want 8", got)
		}
		for _, err := range r.ended["quiet"] {
			if err != nil {
				t.Errorf("the quiet tenant is refused: %v", err)
			}
		}
	})
}

func TestWorkThatPanicsLeavesItsRoom(t *testing.T) {
	t.Parallel()
	q := admission.New(two)
	func() {
		defer func() {
			if value := recover(); value != "broken" {
				t.Errorf("recovered %v", value)
			}
		}()
		_ = q.Do(t.Context(), "a", func() error { panic("broken") })
	}()
	if running, waiting := q.Load(); running != 0 || waiting != 0 {
		t.Errorf("%d run and %d wait", running, waiting)
	}
}

func TestTheErrorOfWorkIsReturned(t *testing.T) {
	t.Parallel()
	want := errors.New("its own")
	if err := admission.New(two).Do(t.Context(), "a", func() error { return want }); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
}

// Work of any length, clients that hang up, panics: whatever happens, nobody who could run waits, no bound is
// broken, and at the end all is free.
func TestNoTurnIsLostInACrowd(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	synctest.Test(t, func(t *testing.T) {
		limits := admission.Limits{Running: 7, Share: 3, Waiting: 50, MaxWait: time.Second}
		q := admission.New(limits)
		var all sync.WaitGroup
		for n := range 2000 {
			r := rand.New(rand.NewPCG(seed, uint64(n)))
			all.Go(func() {
				defer func() { _ = recover() }()
				time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(2000))*time.Millisecond)
				defer cancel()
				_ = q.Do(ctx, fmt.Sprint(r.IntN(1+r.IntN(9))), func() error {
					time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
					if r.IntN(20) == 0 {
						panic("broken")
					}
					return nil
				})
			})
		}
		for range 300 {
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			running, waiting := q.Load()
			if running > limits.Running || waiting > limits.Waiting || (waiting > 0 && running == 0) {
				t.Errorf("%d run and %d wait", running, waiting)
			}
		}
		all.Wait()
		if running, waiting := q.Load(); running != 0 || waiting != 0 {
			t.Errorf("at the end %d run and %d wait", running, waiting)
		}
	})
}

func BenchmarkThereIsRoom(b *testing.B) {
	q := admission.New(admission.Limits{Running: 256, Share: 3, Waiting: 1024, MaxWait: time.Second})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = q.Do(b.Context(), "acme", func() error { return nil })
		}
	})
}
