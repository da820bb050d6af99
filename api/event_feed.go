package api

import (
	"context"
	"errors"
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
	var pruned *feed.PrunedError
	if errors.As(err, &pruned) {
		return nil, prunedError{err, feedCursor(caller.TenantID, pruned.After)}
	}
	if err != nil {
		return nil, err
	}
	events := converted(page.Events, func(e domain.SequencedEvent) openapi.AuditEvent { return AuditEvent(e.Event) })
	return openapi.FollowEvents200JSONResponse{Events: events, NextCursor: feedCursor(caller.TenantID, page.Next)}, nil
}

func feedCursor(tenantID string, position int64) string {
	return *cursor{List: feedOfEvents, Tenant: tenantID, After: strconv.FormatInt(position, 10)}.text()
}

// prunedError is answered with the cursor to go on with.
type prunedError struct {
	error
	cursor string
}

// Unwrap returns what is answered.
func (e prunedError) Unwrap() error { return e.error }

// OldestCursor is that cursor.
func (e prunedError) OldestCursor() string { return e.cursor }

var errFeedCursor = edge.MalformedAt("after", "must be a next_cursor of this feed and of this tenant, or latest")

// positionAfter reads a cursor of the feed; none, and latest, are before the oldest event.
func positionAfter(tenantID, text string) (int64, error) {
	if text == "" || text == latest {
		return feed.Oldest, nil
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
