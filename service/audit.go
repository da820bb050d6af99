package service

import (
	"context"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// newEvent begins an audit row about userID. Its identifier and its time are of
// one reading of the clock.
func (s *Service) newEvent(tenantID string, action domain.Action, outcome domain.Outcome, userID string) domain.Event {
	now := s.clock.Now()
	return domain.Event{TenantID: tenantID, ID: s.eventIDs.Next(now), At: now, Action: action, Outcome: outcome, UserID: userID}
}

// event begins an audit row of what a caller did.
func (s *Service) event(c domain.Caller, action domain.Action, outcome domain.Outcome, userID string) domain.Event {
	event := s.newEvent(c.TenantID, action, outcome, userID)
	event.Actor, event.Address, event.RequestID = c.Actor(), c.Address, c.RequestID
	if c.Ticket != nil {
		event = event.With("api_key", c.Ticket.KeyID) // of a decision's ticket nothing else says who issued it
	}
	return event
}

// writeEvent appends an event that comes with no other change.
func (s *Service) writeEvent(ctx context.Context, event domain.Event) error {
	return s.store.Commit(ctx, []domain.Change{{TenantID: event.TenantID, Events: []domain.Event{event}}})[0]
}

// ListEvents returns audit events, newest first. Refusals and views are among
// them; reading the trail leaves none.
func (s *Service) ListEvents(ctx context.Context, c domain.Caller, f domain.EventFilter) (domain.EventPage, error) {
	if err := s.authorize(ctx, c, domain.OpListEvents, ""); err != nil {
		return domain.EventPage{}, err
	}
	if f.UserID != "" && !domain.ValidUserID(f.UserID) {
		return domain.EventPage{}, domain.ErrUserID
	}
	return store.ReadList(ctx, errEventsTooLong, func(ctx context.Context) (domain.EventPage, error) { return s.store.Events(ctx, c.TenantID, f) })
}
