package webhook

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/service/domain"
)

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
