package webhook

import (
	"context"
	"errors"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/feed"
)

// readNew reads what comes after a position, and up to where events were pruned; 0: none after
// what is stored was.
func (w *worker) readNew(ctx context.Context, position, stored int64) (page feed.Page, pruned int64, err error) {
	page, err = w.Feed.After(ctx, w.hook.TenantID, position, pageSize, followFor, nil)
	if err != nil {
		return page, 0, err
	}
	err = w.Feed.CheckKept(ctx, stored)
	var gone *feed.PrunedError
	if !errors.As(err, &gone) {
		return page, 0, err
	}
	return page, gone.After, nil
}

// passPruned passes over what was pruned after a position before it was read, and logs it. That
// is stored at once, so that it is logged once.
func (w *worker) passPruned(ctx context.Context, position, stored, pruned int64, page feed.Page) (int64, error) {
	if len(page.Events) > 0 {
		pruned = min(pruned, page.Events[0].Position-1)
	}
	if pruned = min(pruned, page.Next); pruned <= position {
		return stored, nil
	}
	if _, err := w.settle(ctx, Settlement{From: stored, To: pruned}); err != nil {
		return stored, err
	}
	w.log.Warn("events were pruned before a webhook was told of them; those after them are told", "webhook", w.hook, "at_most", pruned-position)
	return pruned, nil
}

// forgetPruned forgets the deliveries whose events are kept no longer, and returns the others. That is
// no fault of the receiver, and nothing that a replay could tell.
func (w *worker) forgetPruned(ctx context.Context, due []Delivery, events map[int64]domain.Event) (kept []Delivery, pruned int, err error) {
	var gone []int64
	for _, d := range due {
		if _, there := events[d.Position]; there {
			kept = append(kept, d)
			continue
		}
		gone = append(gone, d.Position)
	}
	if len(gone) == 0 {
		return kept, 0, nil
	}
	err = w.Store.Forget(ctx, w.hook.Key, gone)
	if errors.Is(err, domain.ErrNotFound) { // with the webhook all of them are
		return nil, 0, err
	}
	if w.noteOutage(ctx, w.outages.settling, err); err != nil {
		return nil, 0, err
	}
	for range gone {
		w.Observer.WebhookTried(outcomeGivenUp)
	}
	return kept, len(gone), nil
}

func (w *worker) notePruned(n int) {
	if n > 0 {
		w.log.Warn("events were pruned that a webhook had to be told again; they are given up", "webhook", w.hook, "events", n)
	}
}
