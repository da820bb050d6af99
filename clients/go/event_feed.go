package countersign

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// LatestEvents is, as EventFeedQuery.After, the place after the last event that there
// is.
const LatestEvents = "latest"

// EventFeedQuery says from where on events are followed.
type EventFeedQuery struct {
	// After is the NextCursor of the page before, or LatestEvents; empty: from the oldest
	// event on.
	After string
	// Limit is the size of a page: 1 to 200, 0 for the service's own.
	Limit int
	// Wait is how long the service waits for an event while there is none: whole seconds,
	// 30 at most. The client's own timeout begins after it.
	Wait time.Duration
}

// FollowEvents reads the events after a cursor, oldest first, and waits for one where
// there is none. Keep NextCursor once the events are dealt with, and go on after it: nothing is
// skipped, and after a crash the last page is told again. With ProblemCodeEventsPruned go
// on after the OldestCursor of the Problem: there was more, which is kept no longer.
func (c *Client) FollowEvents(ctx context.Context, in EventFeedQuery) (EventFeed, error) {
	query := url.Values{}
	text(query, "after", in.After)
	page(query, in.Limit, "")
	if in.Wait > 0 {
		query.Set("wait", strconv.Itoa(int(in.Wait/time.Second)))
	}
	return ask[EventFeed](ctx, c, call{
		name: "follow events", method: http.MethodGet, path: []string{"v1", "events"}, query: query, repeatable: true, wait: in.Wait,
	})
}
