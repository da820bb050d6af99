package feed

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// betweenSQL goes by the primary key, which events of before there were positions have too.
const betweenSQL = "SELECT " + eventColumns + ` FROM audit_events AS e
WHERE e.tenant_id = @tenant AND e.event_id > @after AND e.event_id < @before ORDER BY e.event_id LIMIT @limit`

// EventsBetween returns events of a tenant by their identifiers; see archive.Events.
func (f *Feed) EventsBetween(ctx context.Context, tenantID, after, before string, limit int) ([]domain.Event, error) {
	given := map[string]any{"tenant": tenantID, "after": after, "before": before, "limit": limit}
	found, err := f.events(f.db.Reader(ctx).Raw(betweenSQL, given))
	events := make([]domain.Event, len(found))
	for i, e := range found {
		events[i] = e.Event
	}
	return events, err
}

// EventsAt returns the events of positions; see webhook.Events.
func (f *Feed) EventsAt(ctx context.Context, positions []int64) (map[int64]domain.Event, error) {
	found, err := f.events(f.db.Reader(ctx).Raw(f.engine.at, map[string]any{"positions": positions}))
	if err != nil {
		return nil, err
	}
	events := make(map[int64]domain.Event, len(found))
	for _, e := range found {
		events[e.Position] = e.Event
	}
	return events, nil
}

// committedWithin is the most that an event is committed after its time, differences of clocks
// included. A search for a time may miss an event that took longer.
const committedWithin = 10 * time.Minute

// searched is where the search by halves ends, in positions, and how many one statement reads at most.
const searched = 1000

// PositionBefore returns a position after which all events since a time are; see
// webhook.Events. Positions are in the order of commits, and so nearly in that of times: the
// first event that is long enough before is searched for, and from there on the first one
// since.
func (f *Feed) PositionBefore(ctx context.Context, since time.Time) (int64, error) {
	last, err := f.SequenceEvents(ctx)
	if err != nil {
		return 0, err
	}
	before, err := f.PrunedPosition(ctx)
	if err != nil {
		return 0, err
	}
	// An event older than this was committed before since, and so was everything at lower positions.
	committed := identifier.FirstEvent(since.Add(-committedWithin))
	for after := last; after-before > searched; {
		middle := before + (after-before)/2
		found, err := f.next(ctx, middle, after, "")
		if err != nil {
			return 0, err
		}
		if found.Position > 0 && found.EventID < committed {
			before = found.Position
		} else {
			after = middle
		}
	}
	first, _ := identifier.EventRange(domain.EventFilter{From: since})
	// Ten minutes may have millions of events: no statement reads all of them.
	for ; before < last; before += searched {
		found, err := f.next(ctx, before, min(before+searched, last), first)
		if err != nil {
			return 0, err
		}
		if found.Position > 0 {
			return found.Position - 1, nil
		}
	}
	return last, nil
}

// place is where an event is.
type place struct {
	Position int64 // 0: there is none
	EventID  string
}

// next returns the first event after a position, and up to another, whose identifier is not less
// than one.
func (f *Feed) next(ctx context.Context, position, end int64, first string) (place, error) {
	var found []place
	query := f.db.Reader(ctx).Raw(f.engine.next, map[string]any{"position": position, "end": end, "first": first})
	if err := f.db.Retry(query, func(query *gorm.DB) error { return query.Find(&found).Error }); err != nil {
		return place{}, fmt.Errorf("find the position of a time: %w", err)
	}
	return append(found, place{})[0], nil
}
