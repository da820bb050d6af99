package audit

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// countsAtOnce bounds how many counts share a commit.
const countsAtOnce = 128

// Run looks every interval for events whose minute has ended, and
// writes how many they were, until ctx ends; then it writes all that is counted,
// for a second at most.
func (t *Trail) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			t.WriteCounts(ctx)
			return
		case <-ticker.C:
			t.writeCounts(context.WithoutCancel(ctx), false, store.DecisionTimeout)
		}
	}
}

// WriteCounts writes all that is counted, whatever becomes of ctx, for a second at
// most.
func (t *Trail) WriteCounts(ctx context.Context) {
	t.writeCounts(context.WithoutCancel(ctx), true, lastAggregatesTimeout)
}

// writeCounts keeps for the next minute what the database did not take. What
// may hold is not written again.
func (t *Trail) writeCounts(ctx context.Context, all bool, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	lost := 0
	var cause error
	for batch := range slices.Chunk(t.aggregator.take(all), countsAtOnce) {
		for i, err := range t.writeBatch(ctx, batch) {
			if err != nil && !errors.Is(err, domain.ErrOutcomeUnknown) {
				t.aggregator.restore(batch[i])
				lost, cause = lost+batch[i].count, err
			}
		}
	}
	if cause != nil {
		slog.WarnContext(ctx, "how many events were counted could not be written; it is tried again in a minute unless the process ends",
			"events", lost, "error", cause)
	}
}

// writeBatch writes what was counted, and returns an error for each. Who was erased
// meanwhile is told by the pseudonym alone.
func (t *Trail) writeBatch(ctx context.Context, batch []*aggregate) []error {
	changes := make([]domain.Change, len(batch))
	erasing, err := t.erasing(ctx)
	for i, a := range batch {
		event := t.counted(a)
		if erasing && err == nil {
			event, err = t.afterErasures(ctx, event, a.to)
		}
		changes[i] = domain.Change{TenantID: a.kind.TenantID, Events: []domain.Event{event}}
	}
	if err != nil {
		return slices.Repeat([]error{err}, len(batch))
	}
	return t.store.Commit(store.Bulk(ctx), changes)
}

// counted is the event that tells what was counted. It is about a user if all was.
func (t *Trail) counted(a *aggregate) domain.Event {
	userID := a.last.UserID
	if a.several {
		userID = ""
	}
	event := t.New(a.kind.TenantID, a.kind.Action, a.last.Outcome, userID)
	event.Actor, event.Address, event.RequestID, event.FactorID = a.last.Actor, a.last.Address, a.last.RequestID, a.last.FactorID
	event = event.With("count", strconv.Itoa(a.count), "from", a.from.Format(time.RFC3339), "to", a.to.Format(time.RFC3339))
	for name, values := range a.details {
		event = event.With(name, strings.Join(values, ", "))
	}
	if a.kind.ActorID == "" {
		event = event.With("actors", "several")
	}
	return event
}
