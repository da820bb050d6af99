package webhook

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Status is a webhook and what it has not been told.
type Status struct {
	Webhook
	Backlog
	// More: there is more to be told than was counted.
	More bool
}

const (
	// mostCounted bounds how many events after a webhook's position are read to say how many
	// wait.
	mostCounted = 1000
	// mostListed bounds how many deliveries of a webhook are counted: more than are kept.
	mostListed = 10 * mostKept
	// mostMeasured bounds what is read of all webhooks to say how much waits.
	mostMeasured = 10_000
	// measureInterval is how often that is said.
	measureInterval = time.Minute
)

// Statuses returns all webhooks, oldest first.
func (s *Webhooks) Statuses(ctx context.Context) ([]Status, error) {
	all, err := s.Store.Webhooks(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Feed.Latest(ctx); err != nil {
		return nil, err
	}
	statuses := make([]Status, len(all))
	for i, w := range all {
		if statuses[i], _, err = s.status(ctx, w, Backlog{mostListed, mostListed}, mostCounted); err != nil {
			return nil, err
		}
	}
	return statuses, nil
}

// status counts what a webhook was not told, up to a number of deliveries and of events, and
// returns how many of these were read as well.
func (s *Webhooks) status(ctx context.Context, w Webhook, most Backlog, events int) (status Status, read int, err error) {
	status.Webhook = w
	if status.Backlog, err = s.Store.Backlog(ctx, w.Key, most); err != nil {
		return Status{}, 0, err
	}
	page, err := s.Feed.Known(ctx, w.TenantID, w.Position, events)
	if err != nil {
		return Status{}, 0, err
	}
	read = status.Waiting + len(page.Events)
	status.More = len(page.Events) == events
	for _, e := range page.Events {
		if w.Wants(e.Action) {
			status.Waiting++
		}
	}
	return status, read, nil
}

// measure tells the observer from time to time how much waits, beside what sends: nothing of
// that waits for it.
func (t *term) measure(ctx context.Context) {
	ticker := time.NewTicker(measureInterval)
	defer ticker.Stop()
	for {
		waiting, err := t.waiting(ctx)
		if ctx.Err() != nil {
			return
		}
		t.measuring.Note(err)
		if err == nil {
			t.Observer.WebhooksWaiting(waiting)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

var errMuchToCount = domain.ErrUnavailable.WithDetail("There is too much to count now.")

// waiting is how many events webhooks have to be told. It reads mostMeasured at most: where
// there are more, it says that there are about so many.
func (s *Webhooks) waiting(ctx context.Context) (int, error) {
	hooks, err := s.Store.Webhooks(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := s.Feed.Latest(ctx); err != nil {
		return 0, err
	}
	return store.ReadList(ctx, errMuchToCount, func(ctx context.Context) (waiting int, err error) {
		left := mostMeasured
		for _, w := range hooks {
			status, read, err := s.status(ctx, w, Backlog{Waiting: left}, min(left, mostCounted))
			if err != nil {
				return 0, err
			}
			waiting += status.Waiting
			if left -= read; left <= 0 {
				break
			}
		}
		return waiting, nil
	})
}
