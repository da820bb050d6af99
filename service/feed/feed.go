// Package feed tells committed events to those outside who follow them. It gives
// events their positions, and wakes whoever waits for the next one.
package feed

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/outage"
	"github.com/countersign/countersign/service/store"
)

// ErrPositionUnknown says that there is no such position: the store is an older copy
// of the one that gave it.
var ErrPositionUnknown = &domain.Error{
	Code:   domain.CodeInvalidRequest,
	Detail: "after is of events that are not here: this may be an earlier copy of the database. Begin again without after, or with after=latest.",
}

// Oldest is before the position of each event that there is, whatever was pruned.
const Oldest int64 = -1

// PrunedError says that events after a position are kept no longer. It is of the code
// events_pruned.
type PrunedError struct {
	After int64 // the position after which the oldest event is
}

// Error returns the code and the detail.
func (*PrunedError) Error() string { return errPruned.Error() }

// Unwrap returns the refusal.
func (*PrunedError) Unwrap() error { return errPruned }

var errPruned = &domain.Error{
	Code:   domain.CodeEventsPruned,
	Detail: "Events after this cursor are kept no longer. Go on with oldest_cursor, which begins with the oldest that is kept; what was before it may be in an export of the trail.",
}

var errTooLong = domain.ErrUnavailable.WithDetail("These events take too long now. Ask for smaller pages, or try again later.")

// Feed is the events of all tenants, each told its own. It is safe for concurrent use;
// each replica has one.
type Feed struct {
	store store.Feed

	mu       sync.Mutex
	last     int64                 // the last position that is known here
	awaiting map[string]*followers // by tenant
}

// followers wait for the next event of a tenant.
type followers struct {
	news chan struct{} // closed when there may be one
	n    int
}

// New returns the feed of what a store has committed.
func New(s store.Feed) *Feed { return &Feed{store: s, awaiting: map[string]*followers{}} }

// Run gives positions to committed events every interval, until ctx ends. Any number
// of replicas may: one is enough.
func (f *Feed) Run(ctx context.Context, interval time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	told := outage.New(log, "new events are not told outside; it is tried again", "new events are told outside again", false)
	for {
		err := f.advance(ctx)
		if ctx.Err() != nil {
			return
		}
		told.Note(err)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// advance numbers what was committed, and wakes those for whom there is something.
func (f *Feed) advance(ctx context.Context) error {
	last, err := f.store.SequenceEvents(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	known, awaited := f.last, len(f.awaiting) > 0
	f.mu.Unlock()
	var tenants []string
	if awaited && last != known {
		if tenants, err = f.store.TenantsBetween(ctx, known, last); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = max(f.last, last)
	if len(tenants) > 0 {
		tenants = append(tenants, "") // who follows all
	}
	for _, tenant := range tenants {
		if waiting := f.awaiting[tenant]; waiting != nil {
			close(waiting.news)
			delete(f.awaiting, tenant)
		}
	}
	return nil
}

// Page is what was found in one go.
type Page struct {
	Events []domain.SequencedEvent
	Next   int64 // the position to go on after
}

// Latest is the position of the last event that there is.
func (f *Feed) Latest(ctx context.Context) (int64, error) {
	if err := f.advance(ctx); err != nil {
		return 0, domain.ErrUnavailable.WithCause(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last, nil
}

// After returns a tenant's events after a position, at most limit; an empty tenant is
// all of them. While there is
// none it waits, until wait is over or done is closed; then the page is empty. Who
// does not wait is told what was committed before the call, unless another replica is
// about to number it. A position that no event has yet is ErrPositionUnknown.
func (f *Feed) After(ctx context.Context, tenantID string, position int64, limit int, wait time.Duration, done <-chan struct{}) (Page, error) {
	if err := f.known(ctx, position, wait == 0); err != nil {
		return Page{}, err
	}
	over := time.NewTimer(wait)
	defer over.Stop()
	for waits := wait > 0; ; {
		last, news, leave := f.follow(tenantID)
		page, err := f.read(ctx, tenantID, position, limit, last)
		if err != nil || len(page.Events) > 0 || !waits {
			leave()
			return page, err
		}
		select {
		case <-news:
		case <-over.C:
			waits = false // what came at the last moment is told
		case <-done:
			waits = false
		case <-ctx.Done():
			leave()
			return Page{}, ctx.Err()
		}
		leave()
	}
}

// CheckKept returns a [PrunedError] where events after a position were pruned. Who has read
// events asks after that: so none was pruned unseen.
func (f *Feed) CheckKept(ctx context.Context, position int64) error {
	if position == Oldest {
		return nil
	}
	pruned, err := store.ReadList(ctx, errTooLong, f.store.PrunedPosition)
	if err == nil && position < pruned {
		err = &PrunedError{After: pruned}
	}
	return err
}

// Known is After for who has just asked for the Latest: it asks for nothing newer.
func (f *Feed) Known(ctx context.Context, tenantID string, position int64, limit int) (Page, error) {
	f.mu.Lock()
	last := f.last
	f.mu.Unlock()
	if position >= last {
		return Page{Next: position}, nil
	}
	return f.read(ctx, tenantID, position, limit, last)
}

// known refuses a position that no event has. With fresh, what was committed just now is
// known as well.
func (f *Feed) known(ctx context.Context, position int64, fresh bool) error {
	f.mu.Lock()
	last := f.last
	f.mu.Unlock()
	if fresh || position > last { // another replica may have told it
		var err error
		if last, err = f.Latest(ctx); err != nil {
			return err
		}
	}
	if position > last {
		return ErrPositionUnknown
	}
	return nil
}

// read also goes on after what is known to be nobody's of this tenant.
func (f *Feed) read(ctx context.Context, tenantID string, position int64, limit int, last int64) (Page, error) {
	events, err := store.ReadList(ctx, errTooLong, func(ctx context.Context) ([]domain.SequencedEvent, error) {
		return f.store.EventsAfter(ctx, tenantID, position, limit)
	})
	page := Page{Events: events, Next: position}
	n := len(events)
	if n > 0 {
		page.Next = events[n-1].Position
	}
	if n < limit {
		page.Next = max(page.Next, last)
	}
	return page, err
}

// follow returns the last position that is known, and what is closed when a later one
// of the tenant is. Who reads after it misses nothing.
func (f *Feed) follow(tenantID string) (last int64, news <-chan struct{}, leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	waiting := f.awaiting[tenantID]
	if waiting == nil {
		waiting = &followers{news: make(chan struct{})}
		f.awaiting[tenantID] = waiting
	}
	waiting.n++
	return f.last, waiting.news, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if waiting.n--; waiting.n == 0 && f.awaiting[tenantID] == waiting {
			delete(f.awaiting, tenantID)
		}
	}
}
