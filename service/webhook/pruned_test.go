package webhook

import (
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A webhook that was paused for longer than events are kept goes on with those there are.
func TestWhatWasPrunedIsGivenUpAndPausesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var dead atomic.Bool
		dead.Store(true)
		r := newReceiver(func(Message) Answer {
			if dead.Load() {
				return Answer{Status: 500}
			}
			return Answer{Status: 200}
		})
		s := installation(t, &m, r, "acme")
		defer s.send(t.Context(), quiet())()
		m.commit("acme", "a", "b", "c")
		time.Sleep(time.Second)
		m.mu.Lock()
		m.pruned = 2
		m.mu.Unlock()
		dead.Store(false)
		r.mu.Lock()
		r.all = nil
		r.mu.Unlock()
		time.Sleep(100 * time.Hour)
		wantIDs(t, r, "c")
		if got := m.hook("acme"); got.State != Active || !got.FailingSince.IsZero() {
			t.Errorf("it is %s, failing since %v", got.State, got.FailingSince)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		for position, d := range m.deliveries[m.hooks[0].Key] {
			if !d.GivenUp() || d.Failure != failurePruned || position > 2 {
				t.Errorf("left: %+v", d)
			}
		}
	})
}

// Events of other tenants may be among them, and others that it does not want.
func TestWhatIsPrunedBeforeItIsTriedIsPassedOverAndLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var log strings.Builder
		r := newReceiver(nil)
		s := installation(t, &m, r, "acme", "current")
		m.commit("acme", "a", "b")
		m.commit("globex", "c")
		m.commit("acme", "d")
		m.hooks[0].Position, m.hooks[1].Position, m.pruned = 1, 3, 3
		for range 2 {
			stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
			time.Sleep(time.Minute)
			stop()
		}
		wantIDs(t, r, "d")
		if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "were pruned") || !strings.Contains(log.String(), "at_most=2") {
			t.Errorf("logged:\n%s", log.String())
		}
		if position := m.hook("acme").Position; position != 4 {
			t.Errorf("it is at %d", position)
		}
	})
}

func TestWhatIsPrunedAfterItWasPassedOverIsNoLoss(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var log strings.Builder
		r := newReceiver(nil)
		s := installation(t, &m, r, "quiet")
		for range 3 {
			stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
			m.commit("globex", "a", "b", "c")
			time.Sleep(time.Minute)
			m.mu.Lock()
			m.pruned = int64(len(m.events)) - 1
			m.mu.Unlock()
			time.Sleep(time.Minute)
			stop()
		}
		wantIDs(t, r)
		if log.Len() > 0 {
			t.Errorf("logged:\n%s", log.String())
		}
	})
}
