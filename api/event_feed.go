package api

import (
	"context"
	"strconv"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/feed"
)

// eventFeed are committed events in an order that never changes.
type eventFeed interface {
	FollowEvents(ctx context.Context, c domain.Caller, in service.FollowInput) (feed.Page, error)
}

// latest is a cursor of now.
const latest = "latest"

// FollowEvents returns the events after a cursor, and waits for one where there is none.
func (h *handlers) FollowEvents(ctx context.Context, r openapi.FollowEventsRequestObject) (openapi.FollowEventsResponseObject, error) {
	caller := edge.CallerOf(ctx)
	position, err := positionAfter(caller.TenantID, r.Params.After)
	if err != nil {
		return nil, err
	}
	page, err := h.feed.FollowEvents(ctx, caller, service.FollowInput{
		After: position, Latest: r.Params.After == latest, Limit: limitOf(r.Params.Limit),
		Wait: time.Duration(r.Params.Wait) * time.Second, Done: edge.EndingOf(ctx),
	})
	if err != nil {
		return nil, err
	}
	next := cursor{List: feedOfEvents, Tenant: caller.TenantID, After: strconv.FormatInt(page.Next, 10)}
	events := converted(page.Events, func(e domain.SequencedEvent) openapi.AuditEvent { return AuditEvent(e.Event) })
	return openapi.FollowEvents200JSONResponse{Events: events, NextCursor: *next.text()}, nil
}

var errFeedCursor = edge.MalformedAt("after", "must be a next_cursor of this feed and of this tenant, or latest")

// positionAfter reads a cursor of the feed; none, and latest, are its beginning.
func positionAfter(tenantID, text string) (int64, error) {
	if text == "" || text == latest {
		return 0, nil
	}
	last, err := after(feedOfEvents, text)
	if err != nil || last.Tenant != tenantID {
		return 0, errFeedCursor
	}
	position, err := strconv.ParseInt(last.After, 10, 64)
	if err != nil || position < 0 {
		return 0, errFeedCursor
	}
	return position, nil
}
