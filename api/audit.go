package api

import (
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
)

// events are the audit trail.
type events interface {
	ListEvents(ctx context.Context, c domain.Caller, f domain.EventFilter) (domain.EventPage, error)
}

// ListAuditEvents lists audit events, newest first.
func (h *handlers) ListAuditEvents(ctx context.Context, r openapi.ListAuditEventsRequestObject) (openapi.ListAuditEventsResponseObject, error) {
	last, err := after(listOfEvents, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(r.Params.Limit)
	found, err := h.events.ListEvents(ctx, edge.CallerOf(ctx), domain.EventFilter{
		UserID:  r.Params.UserID,
		Action:  domain.Action(r.Params.Action),
		Outcome: domain.Outcome(r.Params.Outcome),
		From:    r.Params.From.UTC(),
		To:      r.Params.To.UTC(),
		Before:  last.After,
		Limit:   limit + 1,
	})
	if err != nil {
		return nil, err
	}
	before := func(id string) cursor { return cursor{List: listOfEvents, After: id} }
	events, more := page(found.Events, limit, func(e domain.Event) cursor { return before(e.ID) })
	if more == nil && found.Before != "" {
		more = before(found.Before).text() // there may be more, further back
	}
	return openapi.ListAuditEvents200JSONResponse{Events: converted(events, AuditEvent), NextCursor: more}, nil
}

// AuditEvent is an event as it is told outside, wherever that is.
func AuditEvent(e domain.Event) openapi.AuditEvent {
	details := e.Details
	if details == nil {
		details = map[string]string{}
	}
	return openapi.AuditEvent{
		EventID:   e.ID,
		At:        e.At.UTC(),
		Action:    openapi.AuditAction(e.Action),
		Outcome:   openapi.AuditOutcome(e.Outcome),
		UserID:    e.UserID,
		Actor:     openapi.AuditActor{Type: openapi.ActorType(e.Actor.Type), ID: e.Actor.ID, UserID: e.Actor.UserID},
		Address:   e.Address,
		RequestID: e.RequestID,
		FactorID:  e.FactorID,
		Reason:    e.Reason,
		Details:   details,
	}
}
