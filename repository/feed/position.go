package feed

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
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

// PositionBefore returns a position after which all events since a time are; see
// webhook.Events. What began before, and committed since, may be after it too.
func (f *Feed) PositionBefore(ctx context.Context, tenantID string, since time.Time) (int64, error) {
	// Identifiers sort by time, and are found by an index.
	first, _ := identifier.EventRange(domain.EventFilter{From: since})
	given := map[string]any{"tenant": tenantID, "first": first, "since": row.Stamp(since)}
	query := f.db.Reader(ctx).Raw(f.engine.since, given)
	if tenantID == "" {
		query = f.db.Reader(ctx).Raw(f.engine.sinceOfAll, given)
	}
	var position *int64
	if err := f.db.Retry(query, func(query *gorm.DB) error { return query.Row().Scan(&position) }); err != nil {
		return 0, fmt.Errorf("find the position of a time: %w", err)
	}
	if position == nil {
		return f.SequenceEvents(ctx)
	}
	return *position - 1, nil
}
