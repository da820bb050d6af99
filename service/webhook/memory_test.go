package webhook

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/feed"
	"github.com/countersign/countersign/service/seal"
)

// memory is a store of webhooks and events, so that days pass in no time.
type memory struct {
	Store

	mu         sync.Mutex
	hooks      []Webhook
	deliveries map[Key]map[int64]Delivery
	holder     string
	heldUntil  time.Time
	events     []domain.SequencedEvent
	fails      error
	pruned     int64
	advances   []int64
	read       int // events, and deliveries that were counted
	holds      int // how often the lease was asked for
	paused     []domain.Event
	forgets    int // how often what was pruned was forgotten
}

func (m *memory) commit(tenantID string, ids ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		m.events = append(m.events, domain.SequencedEvent{Position: int64(len(m.events) + 1), Event: domain.Event{
			TenantID: tenantID, ID: id, At: time.Now(), Action: domain.ActionVerification, Outcome: domain.OutcomeSuccess, UserID: "ada",
			Address: "192.0.2.1", Reason: "a reason", Details: map[string]string{"name": "a detail"},
		}})
	}
}

func (m *memory) SequenceEvents(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.events)), m.fails
}

func (m *memory) EventsAfter(_ context.Context, tenantID string, position int64, limit int) (found []domain.SequencedEvent, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events[min(max(position, m.pruned), int64(len(m.events))):] {
		if (tenantID == "" || e.TenantID == tenantID) && len(found) < limit {
			found = append(found, e)
			m.read++
		}
	}
	return found, m.fails
}

func (m *memory) TenantsBetween(_ context.Context, after, last int64) (tenants []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events[min(after, last):last] {
		tenants = append(tenants, e.TenantID)
	}
	return tenants, nil
}

func (m *memory) PrunedPosition(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pruned, m.fails
}

func (m *memory) EventsAt(_ context.Context, positions []int64) (map[int64]domain.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[int64]domain.Event{}
	for _, p := range positions {
		if p > m.pruned {
			found[p] = m.events[p-1].Event
		}
	}
	return found, nil
}

func (m *memory) PositionBefore(context.Context, time.Time) (int64, error) { return 0, nil }

func (m *memory) Webhooks(context.Context) ([]Webhook, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.hooks), m.fails
}

func (m *memory) change(key Key, f func(*Webhook)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.hooks, func(w Webhook) bool { return w.Key == key })
	if i < 0 {
		return domain.ErrNotFound
	}
	f(&m.hooks[i])
	m.hooks[i].Revision++
	return nil
}

func (m *memory) Resume(_ context.Context, key Key, at time.Time, _ ...domain.Event) error {
	if m.hook(key.TenantID).State == Active {
		return nil
	}
	return m.change(key, func(w *Webhook) {
		w.State, w.PausedReason, w.PausedAt, w.FailingSince = Active, "", time.Time{}, time.Time{}
		for p, d := range m.deliveries[key] {
			if d.NextAt.After(at) {
				d.NextAt = at
				m.deliveries[key][p] = d
			}
		}
	})
}

func (m *memory) Rewind(_ context.Context, key Key, position int64, _ ...domain.Event) error {
	if m.hook(key.TenantID).Position <= position {
		return domain.ErrConflict
	}
	return m.change(key, func(w *Webhook) {
		w.Position = position
		maps.DeleteFunc(m.deliveries[key], func(p int64, _ Delivery) bool { return p > position })
	})
}

func (m *memory) Rotate(_ context.Context, key Key, sealed []byte, until time.Time, _ ...domain.Event) error {
	return m.change(key, func(w *Webhook) { w.PreviousSecret, w.PreviousUntil, w.Secret = w.Secret, until, sealed })
}

func (m *memory) ForgetPreviousSecret(_ context.Context, key Key, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, w := range m.hooks {
		if w.Key == key && !w.PreviousUntil.After(now) {
			m.hooks[i].PreviousSecret, m.hooks[i].PreviousUntil = nil, time.Time{}
		}
	}
	return nil
}

func (m *memory) RetryGivenUp(_ context.Context, key Key, at time.Time, _ ...domain.Event) (n int, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for p, d := range m.deliveries[key] {
		if d.GivenUp() {
			m.deliveries[key][p] = Delivery{Position: p, NextAt: at, Failure: d.Failure}
			n++
		}
	}
	return n, nil
}

func (m *memory) Due(_ context.Context, now time.Time) (due []Key, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.hooks {
		if w.State == Active && len(m.dueOf(w.Key, now)) > 0 {
			due = append(due, w.Key)
		}
	}
	return due, nil
}

func (m *memory) DueOf(_ context.Context, key Key, now time.Time, limit int) ([]Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	due := m.dueOf(key, now)
	return due[:min(limit, len(due))], nil
}

func (m *memory) dueOf(key Key, now time.Time) (due []Delivery) {
	for _, d := range m.deliveries[key] {
		if !d.GivenUp() && !d.NextAt.After(now) {
			due = append(due, d)
		}
	}
	slices.SortFunc(due, func(a, b Delivery) int {
		return cmp.Or(a.NextAt.Compare(b.NextAt), cmp.Compare(a.Position, b.Position))
	})
	return due
}

func (m *memory) Backlog(_ context.Context, key Key, most Backlog) (b Backlog, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.deliveries[key] {
		if d.GivenUp() {
			b.GivenUp++
		} else {
			b.Waiting++
		}
	}
	b = Backlog{min(b.Waiting, most.Waiting), min(b.GivenUp, most.GivenUp)}
	m.read += b.Waiting + b.GivenUp
	return b, nil
}

func (m *memory) TrimGivenUp(_ context.Context, key Key, keep int) (n int, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var given []int64
	for p, d := range m.deliveries[key] {
		if d.GivenUp() {
			given = append(given, p)
		}
	}
	slices.Sort(given)
	for _, p := range given[:max(0, len(given)-keep)] {
		delete(m.deliveries[key], p)
		n++
	}
	return n, nil
}

func (m *memory) Forget(_ context.Context, key Key, positions []int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return m.fails
	}
	m.forgets++
	for _, p := range positions {
		delete(m.deliveries[key], p)
	}
	return nil
}

func (m *memory) Settle(_ context.Context, key Key, s Settlement) (paused bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.hooks, func(w Webhook) bool { return w.Key == key })
	switch {
	case m.fails != nil:
		return false, m.fails
	case i < 0:
		return false, domain.ErrConflict
	}
	w := &m.hooks[i]
	if s.First() {
		if w.Position != s.From {
			return false, domain.ErrConflict
		}
		w.Position = s.To
		m.advances = append(m.advances, s.To)
	}
	defer func() { m.keep(w, s) }()
	switch {
	case s.Delivered:
		w.LastSuccessAt, w.FailingSince = s.At, time.Time{}
	case s.Failure != "":
		w.LastFailureAt, w.LastFailure = s.At, s.Failure
		if w.FailingSince.IsZero() {
			w.FailingSince = s.At
		}
		if w.State == Active && (s.PauseFor != "" || s.At.Sub(w.FailingSince) >= DeadAfter) {
			w.State, w.PausedReason, w.PausedAt, w.Revision = Paused, cmp.Or(s.PauseFor, PausedDead), s.At, w.Revision+1
			m.paused = s.PauseEvents
			return true, nil
		}
	}
	return false, nil
}

// keep is what the database does in repository/hook/settle.go.
func (m *memory) keep(w *Webhook, s Settlement) {
	of, d := m.deliveries[w.Key], s.Delivery
	switch {
	case d == nil, s.First() && s.Delivered:
	case s.Delivered:
		delete(of, d.Position)
	default:
		if read, kept := of[d.Position]; !s.First() && (!kept || read.Tries != s.Tries) {
			return
		}
		of[d.Position] = *d
		if s.Tried() && w.State == Paused {
			of[d.Position] = d.UntilResumed(s.At)
		}
	}
}

func (m *memory) Hold(_ context.Context, holder string, lasting time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.holds++
	if m.holder != holder && time.Now().Before(m.heldUntil) {
		return false, nil
	}
	m.holder, m.heldUntil = holder, time.Now().Add(lasting)
	return true, m.fails
}

func (m *memory) Release(_ context.Context, holder string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder == holder {
		m.heldUntil = time.Time{}
	}
	return nil
}

// installation is the webhooks of a memory, with one of each tenant that is named.
func installation(t *testing.T, m *memory, p Poster, tenants ...string) *Webhooks {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keyset")
	if err := seal.CreateKeysetFile(path); err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.LoadKeysetFile(path)
	if err != nil {
		t.Fatal(err)
	}
	watched := clock.Watch(clock.System{}, nil, time.Hour, time.Hour)
	s := New(Config{
		Store: m, Events: m, Feed: feed.New(m), Sealer: sealer, Clock: watched, Trail: audit.NewTrail(nil, nil, watched), Poster: p,
	})
	m.deliveries = map[Key]map[int64]Delivery{}
	for _, tenant := range tenants {
		key := Key{tenant, "wh_" + tenant}
		sealed, err := sealer.Seal(NewSecret().Bytes(), binding(key))
		if err != nil {
			t.Fatal(err)
		}
		m.hooks = append(m.hooks, Webhook{Key: key, URL: "https://" + tenant + ".example/hook?token=hidden", State: Active, Secret: sealed})
		m.deliveries[key] = map[int64]Delivery{}
	}
	return s
}

// send runs a sender, and the feed, until stop.
func (s *Webhooks) send(ctx context.Context, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { s.Send(ctx, log) })
	running.Go(func() { s.Feed.Run(ctx, 10*time.Second, log) })
	return func() { cancel(); running.Wait() }
}

// kept are the deliveries of a tenant's webhook.
func (m *memory) kept(tenant string) map[int64]Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.deliveries[Key{tenant, "wh_" + tenant}])
}

func (m *memory) hook(tenant string) Webhook {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hooks[slices.IndexFunc(m.hooks, func(w Webhook) bool { return w.TenantID == tenant })]
}
