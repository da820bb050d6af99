package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// Somebody else may be sending the same already.
func TestTriesEndAtOnceWhenTheLeaseIsLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]struct {
		how  func(m *memory)
		most time.Duration // what a look takes to notice
	}{
		"to another": {func(m *memory) { m.holder, m.heldUntil = "another", time.Now().Add(time.Hour) }, 6 * time.Second},
		"by its end": {func(m *memory) { m.fails = errDead }, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var m memory
				began, ended := make(chan struct{}, 1), make(chan time.Time, 1)
				s := installation(t, &m, posterFunc(func(ctx context.Context, _ Message) Answer {
					began <- struct{}{}
					<-ctx.Done()
					ended <- time.Now()
					return Answer{Failure: FailureAborted}
				}), "acme")
				stop := s.send(t.Context(), quiet())
				m.commit("acme", "a")
				<-began
				m.mu.Lock()
				lost := time.Now()
				lose.how(&m)
				m.mu.Unlock()
				if after := (<-ended).Sub(lost); after > lose.most {
					t.Errorf("it ended %v after the lease was lost", after)
				}
				m.mu.Lock()
				m.fails = nil
				m.mu.Unlock()
				stop()
			})
		})
	}
}

func TestWhereThereIsNoWebhookNobodyTakesTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		r := newReceiver(nil)
		s := installation(t, &m, r, "acme")
		hooks := m.hooks
		set := func(to []Webhook) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.hooks = to
		}
		asked := func() int {
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.holds
		}
		set(nil)
		defer s.send(t.Context(), quiet())()
		for range 3 {
			time.Sleep(time.Minute)
			before := asked()
			time.Sleep(time.Minute)
			if asked() != before || time.Now().Before(m.heldUntil) {
				t.Error("it is taken for nothing")
			}
			set(hooks)
			m.commit("acme", fmt.Sprint("event", len(m.events)))
			time.Sleep(time.Minute)
			if asked() == before || len(r.ids()) != len(m.events) {
				t.Errorf("of %d events %v were sent", len(m.events), r.ids())
			}
			hooks = []Webhook{m.hook("acme")}
			set(nil)
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

// late is a store whose webhooks are looked at, and change before whoever looked goes on.
type late struct {
	*memory
	then func()
}

func (l *late) Webhooks(ctx context.Context) ([]Webhook, error) {
	hooks, err := l.memory.Webhooks(ctx)
	l.then()
	return hooks, err
}

func TestASuccessorGoesOnWhereItsPredecessorEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		began, answer := make(chan struct{}, 10), make(chan struct{})
		looks := -1
		r := newReceiver(func(Message) Answer {
			began <- struct{}{}
			<-answer
			return Answer{Status: 200}
		})
		s := installation(t, &m, r, "acme")
		s.lookInterval = 100 * time.Millisecond // so that there is no answer for several looks
		s.Store = &late{&m, func() {
			m.mu.Lock()
			if looks >= 0 {
				looks++
			}
			third := looks == 3
			m.mu.Unlock()
			if third { // the predecessor, which was ended by the first, stores what came of its try
				close(answer)
				synctest.Wait()
			}
		}}
		m.commit("acme", "a")
		defer s.send(t.Context(), quiet())()
		<-began
		m.mu.Lock()
		m.hooks[0].Revision++
		looks = 0
		m.mu.Unlock()
		time.Sleep(time.Minute)
		wantIDs(t, r, "a")
	})
}
