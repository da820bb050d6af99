package webhook

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What was being tried, and whether it was taken, nobody knows: it is told again.
func TestASenderThatIsKilledIsSucceededAndCostsNoEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		r := newReceiver(func(m Message) Answer {
			if m.ID == "b" {
				time.Sleep(500 * time.Millisecond)
			}
			return Answer{Status: 200}
		})
		s := installation(t, &m, r, "acme")
		killed := frozen{Webhooks: s, at: "b", died: make(chan struct{})}
		stop := killed.send(t.Context(), quiet())
		m.commit("acme", "a", "b", "c")
		<-killed.died
		began := time.Now()
		other := New(s.Config)
		other.Poster = r
		stopOther := other.send(t.Context(), quiet())
		time.Sleep(30 * time.Second)
		m.commit("acme", "d")
		time.Sleep(30 * time.Second)
		wantIDs(t, r, "a", "b", "c", "d")
		stopOther()
		stop()
		if held := time.Since(began); held > time.Minute {
			t.Errorf("took over after %v", held)
		}
	})
}

// frozen is a sender whose process stops for good when it is about to try an event.
type frozen struct {
	*Webhooks
	at   string
	died chan struct{}
}

func (f frozen) send(ctx context.Context, log *slog.Logger) (stop func()) {
	dead, kill := context.WithCancel(ctx)
	s := New(f.Config)
	inner := s.Poster
	s.Store = unreachableAfter{s.Store, dead}
	s.Poster = posterFunc(func(ctx context.Context, m Message) Answer {
		if m.ID == f.at {
			kill()
			close(f.died)
			return Answer{Failure: FailureAborted}
		}
		return inner.Post(ctx, m)
	})
	return s.send(ctx, log)
}

type posterFunc func(context.Context, Message) Answer

func (f posterFunc) Post(ctx context.Context, m Message) Answer { return f(ctx, m) }

var errDead = errors.New("this process is dead")

// unreachableAfter is a store that a dead process does not reach.
type unreachableAfter struct {
	Store
	dead context.Context
}

func (s unreachableAfter) Hold(ctx context.Context, holder string, lasting time.Duration) (bool, error) {
	if s.dead.Err() != nil {
		return false, errDead
	}
	return s.Store.Hold(ctx, holder, lasting)
}

func (s unreachableAfter) Webhooks(ctx context.Context) ([]Webhook, error) {
	if s.dead.Err() != nil {
		return nil, errDead
	}
	return s.Store.Webhooks(ctx)
}

func (s unreachableAfter) Settle(ctx context.Context, key Key, st Settlement) (bool, error) {
	if s.dead.Err() != nil {
		return false, errDead
	}
	return s.Store.Settle(ctx, key, st)
}

func (s unreachableAfter) Release(ctx context.Context, holder string) error {
	if s.dead.Err() != nil {
		return errDead
	}
	return s.Store.Release(ctx, holder)
}

func TestATryThatTheEndOfASenderCutsOffIsNoFailureAndIsMadeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		first := true
		r := newReceiver(nil)
		r.answer = func(Message) Answer {
			r.mu.Lock()
			hangs := first
			first = false
			r.mu.Unlock()
			if hangs {
				return hang()
			}
			return Answer{Status: 200}
		}
		s := installation(t, &m, r, "acme")
		stop := s.send(t.Context(), quiet())
		m.commit("acme", "a")
		time.Sleep(500 * time.Millisecond)
		stop()
		if got := m.hook("acme"); !got.LastFailureAt.IsZero() || got.Position > 1 {
			t.Errorf("a failure is stored: %s", got.LastFailure)
		}
		stop = s.send(t.Context(), quiet())
		time.Sleep(time.Minute)
		stop()
		wantIDs(t, r, "a", "a")
		if got := m.hook("acme"); !got.LastFailureAt.IsZero() || len(m.kept("acme")) != 0 {
			t.Errorf("%+v is kept, and the last failure was %s", m.kept("acme"), got.LastFailure)
		}
	})
}

func TestASenderThatEndsWellLetsTheNextOneSendAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		r := newReceiver(nil)
		s := installation(t, &m, r, "acme")
		s.Lease = time.Hour
		stop, stopOther := s.send(t.Context(), quiet()), New(s.Config).send(t.Context(), quiet())
		m.commit("acme", "a")
		time.Sleep(11 * time.Second)
		stop()
		m.commit("acme", "b")
		time.Sleep(11 * time.Second)
		stopOther()
		wantIDs(t, r, "a", "b")
	})
}

func TestAnOutageOfTheStoreCostsNoEventAndIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var log strings.Builder
		r := newReceiver(nil)
		s := installation(t, &m, r, "acme")
		ctx, cancel := context.WithCancel(t.Context())
		go s.Send(ctx, slog.New(slog.NewTextHandler(&log, nil)))
		go s.Feed.Run(ctx, 10*time.Second, quiet())
		m.commit("acme", "a")
		time.Sleep(time.Minute)
		m.mu.Lock()
		m.fails = errors.New("gone")
		m.mu.Unlock()
		m.commit("acme", "b")
		time.Sleep(10 * time.Minute)
		m.mu.Lock()
		m.fails = nil
		m.mu.Unlock()
		time.Sleep(time.Minute)
		cancel()
		synctest.Wait()
		wantIDs(t, r, "a", "b")
		if n := strings.Count(log.String(), "cannot be looked after"); n != 1 || strings.Count(log.String(), "\n") > 4 {
			t.Errorf("logged:\n%s", log.String())
		}
	})
}
