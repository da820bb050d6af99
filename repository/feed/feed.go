package feed

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/repository/session"
	"github.com/countersign/countersign/service/domain"
)

// Feed is a store.Feed.
type Feed struct {
	db     session.Database
	engine engine
}

// engine is what differs between PostgreSQL and SQLite.
type engine struct {
	after      string // selects the events of @tenant after @position, @limit at most
	afterOfAll string // the same of all tenants
	tenants    string // selects the tenants with events after @after and up to @last
	at         string // selects the events at @positions
	next       string // selects the first position after @position and up to @end whose event_id is not less than @first
	sequence   func(context.Context, session.Database) (int64, error)
	adopt      func(context.Context, session.Database) error
	holdPrune  string // selects the position up to which events are pruned, and lets one process go on from it
	prune      func(before string, batch int) []pruneStep
}

const eventColumns = "e.tenant_id, e.event_id, e.at, e.action, e.outcome, e.user_id, e.actor_type, e.actor_id, e.actor_user_id, " +
	"e.address, e.request_id, e.factor_id, e.reason, e.details"

// SequenceEvents gives positions to committed events that have none; see store.Feed.
func (f *Feed) SequenceEvents(ctx context.Context) (last int64, err error) {
	if last, err = f.engine.sequence(ctx, f.db); err != nil {
		return 0, fmt.Errorf("number events: %w", err)
	}
	return last, nil
}

// AdoptCopy goes on with the events of a database that was copied from another server;
// until then [Feed.SequenceEvents] fails with ErrCopied. It takes the rights of who
// migrates.
func (f *Feed) AdoptCopy(ctx context.Context) error {
	if err := f.engine.adopt(ctx, f.db); err != nil {
		return fmt.Errorf("go on with the events of another server: %w", err)
	}
	return nil
}

// sequenced is a row of what after selects.
type sequenced struct {
	Position       int64
	row.AuditEvent `gorm:"embedded"`
}

// EventsAfter returns a tenant's events after a position; see store.Feed.
func (f *Feed) EventsAfter(ctx context.Context, tenantID string, position int64, limit int) ([]domain.SequencedEvent, error) {
	given := map[string]any{"tenant": tenantID, "position": position, "limit": limit}
	if tenantID == "" {
		return f.events(f.db.Reader(ctx).Raw(f.engine.afterOfAll, given))
	}
	return f.events(f.db.Reader(ctx).Raw(f.engine.after, given))
}

func (f *Feed) events(query *gorm.DB) ([]domain.SequencedEvent, error) {
	var rows []sequenced
	if err := f.db.Retry(query, func(query *gorm.DB) error { return query.Find(&rows).Error }); err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events := make([]domain.SequencedEvent, len(rows))
	for i, r := range rows {
		event, err := r.Domain()
		if err != nil {
			return nil, err
		}
		events[i] = domain.SequencedEvent{Position: r.Position, Event: event}
	}
	return events, nil
}

// TenantsBetween returns the tenants that have events after a position and up to another;
// see store.Feed.
func (f *Feed) TenantsBetween(ctx context.Context, after, last int64) (tenants []string, err error) {
	query := f.db.Reader(ctx).Raw(f.engine.tenants, map[string]any{"after": after, "last": last})
	if err := f.db.Retry(query, func(query *gorm.DB) error { return query.Find(&tenants).Error }); err != nil {
		return nil, fmt.Errorf("read tenants with new events: %w", err)
	}
	return tenants, nil
}
