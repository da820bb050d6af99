package webhook

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A webhook that was paused for longer than events are kept goes on with those there are.
func TestWhatWasPrunedBeforeItIsTriedAgainIsForgottenAndPausesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var log strings.Builder
		r := newReceiver(func(Message) Answer { return hang() })
		s := installation(t, &m, r, "acme", "busy")
		var observer counted
		s.Observer = &observer
		m.commit("busy", "a", "b", "c", "d", "e", "f", "g")
		m.pruned = 2
		for i := range m.hooks {
			m.hooks[i].Position = 7
		}
		m.hooks[0].LastFailureAt, m.hooks[0].FailingSince = time.Now(), time.Now().Add(-80*time.Hour)
		before := m.hooks[0]
		for position, key := range []Key{m.hooks[0].Key, m.hooks[0].Key, m.hooks[1].Key, m.hooks[1].Key, m.hooks[1].Key, m.hooks[1].Key, m.hooks[1].Key} {
			d := Delivery{Position: int64(position + 1), Tries: 1, NextAt: time.Now().Add(-time.Hour)}
			m.deliveries[key][d.Position] = d
		}
		m.deliveries[m.hooks[1].Key][2] = Delivery{Position: 2, Tries: 1, NextAt: time.Now()} // the last that is due
		stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		time.Sleep(TryTimeout / 2) // its places are taken
		if diff := cmp.Diff(before, m.hook("acme")); diff != "" || len(m.kept("acme")) != 0 {
			t.Errorf("kept are %v, and it is (-want +got):\n%s", m.kept("acme"), diff)
		}
		if _, waits := m.kept("busy")[2]; waits || len(r.ids()) != triesPerWebhook {
			t.Errorf("of the busy one %v are kept, and %v were sent", m.kept("busy"), r.ids())
		}
		if n := observer.tries()[outcomeGivenUp]; n != 3 {
			t.Errorf("%d are counted as given up", n)
		}
		stop()
		if m.forgets != 2 {
			t.Errorf("that is stored by %d transactions, for two webhooks", m.forgets)
		}
		if strings.Count(log.String(), "\n") != 2 || strings.Count(log.String(), "were pruned") != 2 || !strings.Contains(log.String(), "events=2") {
			t.Errorf("logged:\n%s", log.String())
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
