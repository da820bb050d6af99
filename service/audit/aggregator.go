package audit

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/countersign/countersign/service/domain"
)

const (
	// aggregatedFor is how long events of a kind are counted once one was written.
	aggregatedFor = time.Minute
	// aggregatedUsers is of how many users the first event of a kind is written: a
	// host's service key acts for many.
	aggregatedUsers = 10
	// aggregatedKinds bounds what is remembered at once. A kind for which there is no
	// room is counted with all others of its tenant and action for which there is
	// none: nothing is lost, and the trail grows no faster.
	aggregatedKinds = 10_000
	// aggregatedTenantKinds is the part of one tenant: what it is refused takes no
	// other tenant's first events.
	aggregatedTenantKinds = aggregatedKinds / 8
	// lastAggregatesTimeout bounds how long the end of a process may wait.
	lastAggregatesTimeout = time.Second
)

// Repeatable is what a credential can cause again and again without a proof.
type Repeatable struct {
	TenantID string
	ActorID  string
	Action   domain.Action
	What     string // the operation, or the factor
	// Each has to be told one by one, and is written when there is no room to count.
	Each bool
}

// aggregator keeps the trail from being flooded: of a kind of event the first
// in a minute is written before its call is answered, and how many followed when
// the minute ends. What it counts is one replica's. Its minutes are of the
// monotonic clock, so that no change of the time makes one longer. It is safe for
// concurrent use.
type aggregator struct {
	write func(context.Context, domain.Event) error
	mu    sync.Mutex
	kinds map[Repeatable]*aggregate
	held  map[string]int // kinds, by tenant
}

// record returns nil when the event is written, or counted after one that is. Who
// comes while the first is on its way waits for it, and takes its place if it
// failed: nothing is answered that left no trace.
func (g *aggregator) record(ctx context.Context, kind Repeatable, event domain.Event) error {
	for {
		a, first, leads := g.enter(kind, event)
		switch {
		case first == nil:
			return nil
		case leads:
			return g.lead(ctx, a, event)
		}
		select {
		case <-first.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// enter counts the event, or returns the first one that it has to wait for, or is.
func (g *aggregator) enter(kind Repeatable, event domain.Event) (a *aggregate, first *firstEvent, leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	a = g.kinds[kind]
	if a == nil && g.full(kind.TenantID) {
		if kind.Each {
			return nil, &firstEvent{}, true
		}
		kind = Repeatable{TenantID: kind.TenantID, Action: kind.Action}
		a = g.kinds[kind]
	}
	if a == nil || a.count == 0 && a.ended() {
		a = &aggregate{kind: kind, since: time.Now(), firsts: map[string]*firstEvent{}}
		g.keep(a)
	}
	first = a.firsts[event.UserID]
	switch {
	case first == nil && len(a.firsts) < aggregatedUsers:
		first = &firstEvent{done: make(chan struct{})}
		a.firsts[event.UserID] = first
		return a, first, true
	case first != nil && !first.written:
		return a, first, false
	}
	a.add(event)
	return a, nil, false
}

func (g *aggregator) full(tenantID string) bool {
	return len(g.kinds) >= aggregatedKinds || g.held[tenantID] >= aggregatedTenantKinds
}

// keep puts a in the place of what is remembered of its kind.
func (g *aggregator) keep(a *aggregate) {
	if g.kinds[a.kind] == nil {
		g.held[a.kind.TenantID]++
	}
	g.kinds[a.kind] = a
}

func (g *aggregator) forget(kind Repeatable) {
	delete(g.kinds, kind)
	if g.held[kind.TenantID]--; g.held[kind.TenantID] == 0 {
		delete(g.held, kind.TenantID)
	}
}

// lead writes the first event. A panic in the store must not leave others waiting.
func (g *aggregator) lead(ctx context.Context, a *aggregate, event domain.Event) error {
	written := false
	defer func() { g.settle(a, event.UserID, written) }()
	err := g.write(ctx, event)
	written = err == nil
	return err
}

// settle tells those who wait what became of the first; a is nil where there was
// no room.
func (g *aggregator) settle(a *aggregate, userID string, written bool) {
	if a == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	first := a.firsts[userID]
	first.written = written
	if !written {
		delete(a.firsts, userID)
	}
	close(first.done)
}

// take forgets the kinds whose minute has ended, or all, and returns those of
// which something was counted.
func (g *aggregator) take(all bool) (counted []*aggregate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for kind, a := range g.kinds {
		if !all && !a.ended() {
			continue
		}
		g.forget(kind)
		if a.count > 0 {
			counted = append(counted, a)
		}
	}
	return counted
}

// restore keeps what could not be written for another minute.
func (g *aggregator) restore(a *aggregate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.kinds[a.kind]; now != nil {
		a.merge(now)
	}
	a.since = time.Now()
	g.keep(a)
}

// aggregate is one kind in one minute.
type aggregate struct {
	kind   Repeatable
	since  time.Time
	firsts map[string]*firstEvent // by user
	// What was counted, and is not written yet.
	count    int
	from, to time.Time
	last     domain.Event
	several  bool // users
	details  map[string][]string
}

func (a *aggregate) ended() bool { return time.Since(a.since) >= aggregatedFor }

// add counts an event. Who was asked for is not kept: the caller chose it.
func (a *aggregate) add(event domain.Event) {
	if a.count == 0 {
		a.from, a.details = event.At, map[string][]string{}
	}
	a.several = a.several || a.count > 0 && a.last.UserID != event.UserID
	a.count, a.to, a.last = a.count+1, event.At, event
	for name, value := range event.Details {
		if name != requestedUserID {
			a.detail(name, value)
		}
	}
}

func (a *aggregate) detail(name, value string) {
	const most = 10
	if len(a.details[name]) < most && !slices.Contains(a.details[name], value) {
		a.details[name] = append(a.details[name], value)
	}
}

// merge adds what was counted after a had been taken. The firsts of later are
// those of the minute that goes on, and some may be on their way.
func (a *aggregate) merge(later *aggregate) {
	a.firsts = later.firsts
	if later.count == 0 {
		return
	}
	a.several = a.several || later.several || a.last.UserID != later.last.UserID
	a.count, a.to, a.last = a.count+later.count, later.to, later.last
	for name, values := range later.details {
		for _, value := range values {
			a.detail(name, value)
		}
	}
}

// firstEvent is one on its way to the store.
type firstEvent struct {
	done    chan struct{} // closed when it is known whether it is there
	written bool
}

func newAggregator(write func(context.Context, domain.Event) error) *aggregator {
	return &aggregator{write: write, kinds: map[Repeatable]*aggregate{}, held: map[string]int{}}
}
