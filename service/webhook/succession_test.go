package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/service/domain"
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
		// What runs beside a look may have met the outage too, before it ended.
		for begin, end := range map[string]string{
			"webhooks cannot be looked after": "webhooks are looked after again", "new events of a webhook cannot be read": "new events of a webhook are read again",
			"have to be told cannot be counted": "have to be told is counted again",
		} {
			least := 0
			if begin == "webhooks cannot be looked after" {
				least = 1
			}
			if n := strings.Count(log.String(), begin); n < least || n > 1 || strings.Count(log.String(), end) != n || strings.Count(log.String(), "\n") > 6 {
				t.Errorf("%q is there %d times:\n%s", begin, n, log.String())
			}
		}
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

// partly is a store of which one part fails, while its error is set.
type partly struct {
	*memory
	part string
	err  error
}

func (p *partly) of(part string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.part == part {
		return p.err
	}
	return nil
}

func (p *partly) Due(ctx context.Context, now time.Time) ([]Key, error) {
	if err := p.of("due"); err != nil {
		return nil, err
	}
	return p.memory.Due(ctx, now)
}

func (p *partly) DueOf(ctx context.Context, key Key, now time.Time, limit int) ([]Delivery, error) {
	if err := p.of("due of one"); err != nil {
		return nil, err
	}
	return p.memory.DueOf(ctx, key, now, limit)
}

func (p *partly) EventsAt(ctx context.Context, positions []int64) (map[int64]domain.Event, error) {
	if err := p.of("events"); err != nil {
		return nil, err
	}
	return p.memory.EventsAt(ctx, positions)
}

func (p *partly) Settle(ctx context.Context, key Key, s Settlement) (bool, error) {
	if err := p.of("settle"); err != nil {
		return false, err
	}
	return p.memory.Settle(ctx, key, s)
}

func (p *partly) ForgetPreviousSecret(ctx context.Context, key Key, now time.Time) error {
	if err := p.of("erase"); err != nil && key.TenantID == "acme" {
		return err
	}
	return p.memory.ForgetPreviousSecret(ctx, key, now)
}

func (p *partly) Backlog(ctx context.Context, key Key, most Backlog) (Backlog, error) {
	if err := p.of("count"); err != nil && most.Waiting == 100 { // else it is measured
		return Backlog{}, err
	}
	return p.memory.Backlog(ctx, key, most)
}

// Whatever of the store fails, and for however long, the log has a line when it begins and one when it ends.
func TestEachFailureOfTheStoreIsLoggedOnceAndSoIsItsEnd(t *testing.T) {
	t.Parallel()
	for part, want := range map[string][2]string{
		"due":        {"webhooks cannot be looked after", "webhooks are looked after again"},
		"due of one": {"what is due of a webhook cannot be read", "what is due of a webhook is read again"},
		"events":     {"what is due of a webhook cannot be read", "what is due of a webhook is read again"},
		"count":      {"what waits of a webhook cannot be counted", "what waits of a webhook is counted again"},
		"settle":     {"what came of a webhook's events cannot be stored", "what comes of a webhook's events is stored again"},
	} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				m := &partly{memory: &memory{}, part: part, err: errors.New("gone")}
				r := newReceiver(nil)
				s := installation(t, m.memory, r, "acme")
				s.Store, s.Events, s.mostKept = m, m, 100
				m.commit("acme", "a", "b")
				m.hooks[0].Position = 1
				m.deliveries[m.hooks[0].Key][1] = Delivery{Position: 1, Tries: 1, NextAt: time.Now()}
				stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
				time.Sleep(10 * time.Minute)
				m.mu.Lock()
				m.err = nil
				m.mu.Unlock()
				time.Sleep(10 * time.Minute)
				stop()
				if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], want[0]) || !strings.Contains(lines[1], want[1]) {
					t.Errorf("want %q and %q:\n%s", want[0], want[1], log.String())
				}
				if len(m.kept("acme")) != 0 || m.hook("acme").Position != 2 {
					t.Errorf("%v is kept", m.kept("acme"))
				}
			})
		})
	}
}
