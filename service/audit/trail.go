// Package audit writes the audit trail: what was done, what was refused, and of what
// could be caused again and again the first and then a count.
package audit

import (
	"cmp"
	"context"

	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/store"
)

// Trail begins and writes audit rows. It is safe for concurrent use.
type Trail struct {
	store      store.Store
	erasures   Erasures // nil: nobody is erased
	clock      *clock.Watched
	eventIDs   identifier.Events
	aggregator *aggregator
}

// NewTrail returns a trail that is written to a store. Without erasures nobody is erased.
func NewTrail(s store.Store, erasures Erasures, c *clock.Watched) *Trail {
	t := &Trail{store: s, erasures: erasures, clock: c}
	t.aggregator = newAggregator(t.Write)
	return t
}

// New begins an audit row about userID. Its identifier and its time are of
// one reading of the clock.
func (t *Trail) New(tenantID string, action domain.Action, outcome domain.Outcome, userID string) domain.Event {
	now := t.clock.Now()
	return domain.Event{TenantID: tenantID, ID: t.eventIDs.Next(now), At: now, Action: action, Outcome: outcome, UserID: userID}
}

// By begins an audit row of what a caller did.
func (t *Trail) By(c domain.Caller, action domain.Action, outcome domain.Outcome, userID string) domain.Event {
	event := t.New(c.TenantID, action, outcome, userID)
	event.Actor, event.Address, event.RequestID = c.Actor(), c.Address, c.RequestID
	if c.Ticket != nil {
		event = event.With("api_key", c.Ticket.KeyID) // of a decision's ticket nothing else says who issued it
	}
	return event
}

// ByOperator begins an audit row of an operator.
func (t *Trail) ByOperator(op domain.Operator, tenantID string, action domain.Action, userID string) domain.Event {
	event := t.New(tenantID, action, domain.OutcomeSuccess, userID)
	event.Actor = domain.Actor{Type: domain.ActorOperator, ID: cmp.Or(op.Account, "unknown")}
	event.Address, event.RequestID = op.Address, op.RequestID
	return event
}

// Write appends an event that comes with no other change.
func (t *Trail) Write(ctx context.Context, event domain.Event) error {
	return t.store.Commit(ctx, []domain.Change{{TenantID: event.TenantID, Events: []domain.Event{event}}})[0]
}

// Record writes an event, or counts it after one of its kind that is written.
func (t *Trail) Record(ctx context.Context, kind Repeatable, event domain.Event) error {
	return t.aggregator.record(ctx, kind, event)
}
