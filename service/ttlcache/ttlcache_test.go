package ttlcache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// age is how long the values of these tests are remembered.
const age = time.Second

// source is where a value is read: each read takes a while, and brings its own
// number.
type source struct {
	takes time.Duration
	err   error

	mu    sync.Mutex
	reads int
}

func (s *source) read(ctx context.Context) func() (int, error) {
	return func() (int, error) {
		s.mu.Lock()
		s.reads++
		number := s.reads
		s.mu.Unlock()
		select {
		case <-time.After(s.takes):
			return number, s.err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// remembering runs test in a bubble, whose time passes when everybody waits.
func remembering(t *testing.T, test func(t *testing.T, r *Cache[string, int])) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { test(t, New[string, int](age)) })
}

func TestThoseWhoAskAtTheSameTimeShareOneRead(t *testing.T) {
	remembering(t, func(t *testing.T, r *Cache[string, int]) {
		s := &source{takes: 100 * time.Millisecond}
		for round := 1; round <= 3; round++ { // in the second and third one, what was read before is old
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if got, err := r.Get(t.Context(), "k", s.read(t.Context())); got != round || err != nil {
						t.Errorf("got %d, %v; want %d", got, err, round)
					}
				})
			}
			all.Wait()
			time.Sleep(age)
		}
		if s.reads != 3 {
			t.Errorf("%d reads", s.reads)
		}
	})
}

func TestNothingIsRememberedForLongerThanItsTime(t *testing.T) {
	remembering(t, func(t *testing.T, r *Cache[string, int]) {
		s := &source{takes: 400 * time.Millisecond}
		for _, step := range []struct {
			after time.Duration // after the answer before
			want  int
		}{
			{0, 1},
			{age - 401*time.Millisecond, 1}, // the time counts from the beginning of the read
			{time.Millisecond, 2},
			{age, 3},
		} {
			time.Sleep(step.after)
			if got, err := r.Get(t.Context(), "k", s.read(t.Context())); got != step.want || err != nil {
				t.Errorf("got %d, %v; want %d", got, err, step.want)
			}
		}
	})
}

func TestAReadThatTakesLongerThanAValueMayBeOldServesNobodyNew(t *testing.T) {
	remembering(t, func(t *testing.T, r *Cache[string, int]) {
		s := &source{takes: 3 * age}
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() {
				time.Sleep(time.Duration(n) * age / 2)
				if got, err := r.Get(t.Context(), "k", s.read(t.Context())); got != 1+n/2 || err != nil {
					t.Errorf("caller %d got %d, %v", n, got, err)
				}
			})
		}
		all.Wait()
	})
}

func TestAFailureIsSharedAndNotRemembered(t *testing.T) {
	remembering(t, func(t *testing.T, r *Cache[string, int]) {
		s := &source{takes: time.Millisecond, err: domain.ErrNotFound}
		for round := 1; round <= 2; round++ {
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					if _, err := r.Get(t.Context(), "k", s.read(t.Context())); !errors.Is(err, domain.ErrNotFound) {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if s.reads != round {
				t.Errorf("%d reads, want %d", s.reads, round)
			}
		}
	})
}

// A value that was forgotten because it is known to be stale must not come back
// by a read that began before.
func TestAReadThatBeganBeforeAValueWasForgottenServesNobodyAfter(t *testing.T) {
	remembering(t, func(t *testing.T, r *Cache[string, int]) {
		s := &source{takes: 100 * time.Millisecond}
		var early sync.WaitGroup
		early.Go(func() {
			if got, _ := r.Get(t.Context(), "k", s.read(t.Context())); got != 1 {
				t.Errorf("who asked before got %d", got)
			}
		})
		synctest.Wait()
		r.Forget("k")
		for range 2 { // during that read, and after it
			if got, err := r.Get(t.Context(), "k", s.read(t.Context())); got != 2 || err != nil {
				t.Errorf("who asked after got %d, %v", got, err)
			}
			early.Wait()
		}
	})
}

func TestWhoseTimeIsOverEndsNobodyElsesRead(t *testing.T) {
	remembering(t, func(t *testing.T, r *Cache[string, int]) {
		s := &source{takes: 500 * time.Millisecond}
		var all sync.WaitGroup
		for n, timeout := range []time.Duration{100, 50, 900, 900} {
			all.Go(func() {
				time.Sleep(time.Duration(n) * time.Millisecond) // they come in this order
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), timeout*time.Millisecond)
				defer cancel()
				got, err := r.Get(ctx, "k", s.read(ctx))
				switch timedOut := timeout < 500; {
				case timedOut && (!errors.Is(err, context.DeadlineExceeded) || time.Since(began) != timeout*time.Millisecond):
					t.Errorf("caller %d: %d, %v after %v", n, got, err, time.Since(began))
				case !timedOut && (got != 2 || err != nil):
					t.Errorf("caller %d: %d, %v", n, got, err)
				}
			})
		}
		all.Wait()
		if s.reads != 2 {
			t.Errorf("%d reads, want that of the first who gave up, and one for those who did not", s.reads)
		}
	})
}

func TestALoadThatPanicsLeavesNobodyWaiting(t *testing.T) {
	remembering(t, func(t *testing.T, r *Cache[string, int]) {
		panics := func() (int, error) {
			time.Sleep(time.Millisecond)
			panic("broken")
		}
		var mu sync.Mutex
		ended := map[string]int{}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				how := "panicked"
				defer func() {
					_ = recover() // of the test's own panic
					mu.Lock()
					defer mu.Unlock()
					ended[how]++
				}()
				_, err := r.Get(t.Context(), "k", panics)
				how = fmt.Sprint(err)
			})
		}
		all.Wait()
		if ended["panicked"] != 1 || ended[errNotLoaded.Error()] != 2 {
			t.Error(ended)
		}
		s := &source{}
		if got, err := r.Get(t.Context(), "k", s.read(t.Context())); got != 1 || err != nil {
			t.Errorf("the next one got %d, %v", got, err)
		}
	})
}

func TestHowManyValuesAreRememberedIsBounded(t *testing.T) {
	remembering(t, func(t *testing.T, r *Cache[string, int]) {
		s := &source{}
		for n := range limit + 10 {
			if _, err := r.Get(t.Context(), fmt.Sprint(n), s.read(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		if len(r.reads) > limit {
			t.Errorf("%d are remembered", len(r.reads))
		}
	})
}

// As when one address may not ask the store, and another that may presents the same key.
func TestWhoMayNotReadKeepsNobodyElseFromIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := New[string, int](time.Second)
		refused := errors.New("not you")
		go func() {
			_, err := r.Get(t.Context(), "key", func() (int, error) {
				time.Sleep(time.Millisecond) // meanwhile others come
				return 0, &NotLoadedError{refused}
			})
			if !errors.Is(err, refused) {
				t.Errorf("who may not is told %v", err)
			}
		}()
		synctest.Wait()
		if value, err := r.Get(t.Context(), "key", func() (int, error) { return 7, nil }); value != 7 || err != nil {
			t.Errorf("who may gets %d, %v", value, err)
		}
	})
}
