package webhook

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// limited is an installation with one webhook, which keeps twenty deliveries of each kind.
func limited(t *testing.T, m *memory, r *receiver) *Webhooks {
	s := installation(t, m, r, "acme")
	s.mostKept = 20
	return s
}

func TestNewEventsWaitInTheTrailWhileAsManyAsAreKeptHaveToBeTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		up := false
		r := newReceiver(nil)
		r.answer = func(Message) Answer {
			r.mu.Lock()
			defer r.mu.Unlock()
			if up {
				return Answer{Status: 200}
			}
			return Answer{Status: 500}
		}
		s := limited(t, &m, r)
		var log strings.Builder
		stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		var want []string
		for i := range 50 {
			want = append(want, fmt.Sprint("e", i))
		}
		m.commit("acme", want...)
		time.Sleep(time.Hour)
		if n, position := len(m.kept("acme")), m.hook("acme").Position; n != 20 || position != 20 {
			t.Errorf("%d deliveries are kept, at position %d", n, position)
		}
		r.mu.Lock()
		up, r.all = true, nil
		r.mu.Unlock()
		time.Sleep(3 * time.Hour)
		m.commit("acme", "late")
		want = append(want, "late")
		time.Sleep(time.Minute)
		stop()
		told := map[string]bool{}
		for _, id := range r.ids() {
			told[id] = true
		}
		if len(told) != len(want) || len(m.kept("acme")) != 0 {
			t.Errorf("%d of %d were told when the receiver was mended, and %d are kept", len(told), len(want), len(m.kept("acme")))
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		for i, part := range []string{"begins to fail", "wait in the trail", "works again", "are tried again"} {
			if len(lines) != 4 || !strings.Contains(lines[i], part) {
				t.Fatalf("want four lines, and in %d %q:\n%s", i, part, log.String())
			}
		}
	})
}

func TestOfWhatWasGivenUpTheLatestAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		r := newReceiver(func(m Message) Answer {
			if m.ID == "e35" {
				return Answer{Status: 500}
			}
			return Answer{Status: 200}
		})
		s := limited(t, &m, r)
		key := Key{"acme", "wh_acme"}
		for i := range 36 {
			m.commit("acme", fmt.Sprint("e", i))
			m.deliveries[key][int64(i+1)] = Delivery{Position: int64(i + 1), Tries: MaxTries}
		}
		m.deliveries[key][36] = Delivery{Position: 36, Tries: MaxTries - 1, NextAt: time.Now()}
		m.hooks[0].Position = 36
		defer s.send(t.Context(), quiet())()
		m.commit("acme", "good") // so that its failure is not all there is
		time.Sleep(time.Minute)
		kept := m.kept("acme")
		if _, oldest := kept[17]; len(kept) != 20 || !oldest || !kept[36].GivenUp() {
			t.Errorf("%d are kept: %v", len(kept), kept)
		}
	})
}

func TestAlmostNoRoomIsNotToldAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var log strings.Builder
		r := newReceiver(func(Message) Answer { return Answer{Status: 500} })
		s := limited(t, &m, r)
		key := Key{"acme", "wh_acme"}
		for i := range 40 {
			m.commit("acme", fmt.Sprint("e", i))
			m.deliveries[key][int64(-i)] = Delivery{Position: int64(-i), Tries: 1, NextAt: time.Now().Add(24 * time.Hour)}
		}
		stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		for i := range 30 {
			m.mu.Lock()
			delete(m.deliveries[key], int64(-i))
			m.mu.Unlock()
			time.Sleep(time.Minute)
		}
		stop()
		if told := len(r.ids()); told < 8 || strings.Count(log.String(), "\n") != 2 {
			t.Errorf("%d were tried, and logged is:\n%s", told, log.String())
		}
	})
}
