package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/feed"
)

// EventFeed has what happened to a tenant, for whoever follows it. It is safe for
// concurrent use.
type EventFeed struct {
	access *access.Access
	feed   *feed.Feed
}

// FollowInput says from where on events are asked for.
type FollowInput struct {
	After  int64 // a position; feed.Oldest: from the oldest event on
	Latest bool  // from now on
	Limit  int
	Wait   time.Duration   // for the first event, where there is none
	Done   <-chan struct{} // closed: waits no longer; nil: never
}

// FollowEvents returns the events after a position, oldest first, and waits for one
// where there is none. Who goes on after each page misses nothing, and is told
// nothing in another order the next time. Where events after the position were pruned
// that is a feed.PrunedError.
func (s *EventFeed) FollowEvents(ctx context.Context, c domain.Caller, in FollowInput) (feed.Page, error) {
	if err := s.access.Authorize(ctx, c, domain.OpFollowEvents, ""); err != nil {
		return feed.Page{}, err
	}
	if in.Latest {
		latest, err := s.feed.Latest(ctx)
		return feed.Page{Next: latest}, err
	}
	page, err := s.feed.After(ctx, c.TenantID, in.After, in.Limit, in.Wait, in.Done)
	if err != nil {
		return feed.Page{}, err
	}
	return page, s.feed.CheckKept(ctx, in.After)
}

// SequenceEvents tells committed events to those who follow, every interval until ctx
// ends.
func (s *EventFeed) SequenceEvents(ctx context.Context, interval time.Duration, log *slog.Logger) {
	s.feed.Run(ctx, interval, log)
}
