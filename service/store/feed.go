package store

import (
	"context"

	"github.com/countersign/countersign/service/domain"
)

// Feed is the committed events in an order that never changes and has no gaps that
// are filled later: whoever has read to a position has read all that there will ever
// be before it. All methods are safe for concurrent use.
type Feed interface {
	// SequenceEvents gives positions to the committed events that have none, unless
	// somebody else is about to, and returns the last position that there is; 0: none.
	// An event that was committed before the call, and is by then without a position, gets one
	// by one of the calls that run now. No transaction that is open delays those of others.
	SequenceEvents(ctx context.Context) (last int64, err error)
	// EventsAfter returns a tenant's events after a position, in their order, at most limit. An
	// empty tenant is all of them.
	EventsAfter(ctx context.Context, tenantID string, position int64, limit int) ([]domain.SequencedEvent, error)
	// TenantsBetween returns the tenants that have events after a position and up to another
	// one, in any order.
	TenantsBetween(ctx context.Context, after, last int64) ([]string, error)
	// PrunedPosition returns the position up to which events were pruned; 0: none. What comes
	// after it is kept.
	PrunedPosition(ctx context.Context) (int64, error)
}
