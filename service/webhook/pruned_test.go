package webhook

import (
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
