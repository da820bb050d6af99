package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// memory is a store whose events are numbered when somebody asks.
type memory struct {
	mu          sync.Mutex
	events      []domain.SequencedEvent
	unnumbered  []domain.Event
	fails       error
	pruned      int64
	askedTenant int // how often it was asked for tenants with news
}

func (m *memory) commit(tenants ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, tenant := range tenants {
		m.unnumbered = append(m.unnumbered, domain.Event{TenantID: tenant})
	}
}

func (m *memory) SequenceEvents(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.unnumbered {
		m.events = append(m.events, domain.SequencedEvent{Position: int64(len(m.events) + 1), Event: e})
	}
	m.unnumbered = nil
	return int64(len(m.events)), m.fails
}

func (m *memory) EventsAfter(_ context.Context, tenantID string, position int64, limit int) (found []domain.SequencedEvent, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events[min(position, int64(len(m.events))):] {
		if e.TenantID == tenantID && len(found) < limit {
			found = append(found, e)
		}
	}
	return found, m.fails
}

func (m *memory) TenantsBetween(_ context.Context, after, last int64) (tenants []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.askedTenant++
	for _, e := range m.events[after:last] {
		tenants = append(tenants, e.TenantID)
	}
	return tenants, nil
}

func (m *memory) PrunedPosition(context.Context) (int64, error) { return m.pruned, m.fails }

// ask follows a tenant, and returns what was told, where to go on and after which time.
func ask(ctx context.Context, f *Feed, tenant string, position int64, wait time.Duration, done <-chan struct{}) string {
	began := time.Now()
	page, err := f.After(ctx, tenant, position, 2, wait, done)
	if err != nil {
		return err.Error()
	}
	var positions []int64
	for _, e := range page.Events {
		positions = append(positions, e.Position)
	}
	return fmt.Sprintf("%v, next %d, after %v", positions, page.Next, time.Since(began))
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestWhoWaitsIsToldAsSoonAsItIsKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		m.commit("acme", "globex")
		f := New(&m)
		go f.Run(t.Context(), 250*time.Millisecond, quiet())
		synctest.Wait()
		answers := make(chan string, 2)
		go func() { answers <- ask(t.Context(), f, "acme", 1, 30*time.Second, nil) }()
		go func() { answers <- ask(t.Context(), f, "globex", 2, 30*time.Second, nil) }()
		time.Sleep(10*time.Second + time.Millisecond)
		m.commit("acme", "acme", "acme")
		if got := <-answers; got != "[3 4], next 4, after 10.25s" {
			t.Errorf("acme: %s", got)
		}
		if got := <-answers; got != "[], next 5, after 30s" {
			t.Errorf("globex: %s", got)
		}
		if len(f.awaiting) != 0 {
			t.Errorf("%d tenants are kept in memory", len(f.awaiting))
		}
		asked := m.askedTenant
		m.commit("acme")
		time.Sleep(time.Second)
		if m.askedTenant != asked {
			t.Error("the store is asked for tenants with news, and nobody waits")
		}
	})
}

func TestWhoDoesNotWaitIsToldWhatWasCommittedBefore(t *testing.T) {
	t.Parallel()
	var m memory
	f := New(&m)
	m.commit("globex", "acme", "globex")
	for position, want := range map[int64]string{0: "[2], next 3", 2: "[], next 3", 3: "[], next 3", 4: ErrPositionUnknown.Error()} {
		if got := ask(t.Context(), f, "acme", position, 0, nil); !strings.HasPrefix(got, want) {
			t.Errorf("after %d: %s, want %s", position, got, want)
		}
	}
}

func TestAWaitEndsWithTheServerAndWithTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(&memory{})
		done := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		answers := make(chan string)
		go func() { answers <- ask(t.Context(), f, "acme", 0, time.Minute, done) }()
		time.Sleep(time.Second)
		close(done)
		if got := <-answers; got != "[], next 0, after 1s" {
			t.Errorf("when the server ends: %s", got)
		}
		go func() { answers <- ask(ctx, f, "acme", 0, time.Minute, nil) }()
		synctest.Wait()
		cancel()
		if got := <-answers; got != context.Canceled.Error() {
			t.Errorf("when the call ends: %s", got)
		}
		if len(f.awaiting) != 0 {
			t.Errorf("%d tenants are kept in memory", len(f.awaiting))
		}
	})
}

func TestAStoreThatFailsIsAskedAgainAndLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		m := memory{fails: errors.New("gone")}
		f := New(&m)
		ctx, cancel := context.WithCancel(t.Context())
		go f.Run(ctx, time.Second, slog.New(slog.NewTextHandler(&log, nil)))
		time.Sleep(10 * time.Second)
		m.mu.Lock()
		m.fails = nil
		m.mu.Unlock()
		m.commit("acme")
		time.Sleep(10 * time.Second)
		if got := ask(ctx, f, "acme", 0, time.Minute, nil); got != "[1], next 1, after 0s" {
			t.Errorf("told %s", got)
		}
		cancel()
		synctest.Wait()
		if lines := strings.Count(log.String(), "\n"); lines != 2 || !strings.Contains(log.String(), "gone") {
			t.Errorf("logged:\n%s", log.String())
		}
	})
}

func TestAPositionOfBeforeWhatIsKeptIsRefusedWithTheOneToGoOnWith(t *testing.T) {
	t.Parallel()
	f := New(&memory{pruned: 7})
	for position, gone := range map[int64]bool{Oldest: false, 0: true, 6: true, 7: false, 8: false} {
		err := f.CheckKept(t.Context(), position)
		var pruned *PrunedError
		if errors.As(err, &pruned) != gone || gone && (pruned.After != 7 || !errors.Is(err, errPruned)) || !gone && err != nil {
			t.Errorf("position %d: %v", position, err)
		}
	}
	gone := errors.New("gone")
	if err := New(&memory{fails: gone}).CheckKept(t.Context(), 1); !errors.Is(err, gone) {
		t.Errorf("a store that fails: %v", err)
	}
}
