package service

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// countsAtOnce bounds how many counts share a commit.
const countsAtOnce = 128

// runEventCounts looks every interval for events whose minute has ended, and
// writes how many they were, until ctx ends; then it writes all that is counted,
// for a second at most.
func (s *Service) runEventCounts(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			s.writeEventCounts(context.WithoutCancel(ctx), true, lastAggregatesTimeout)
			return
		case <-ticker.C:
			s.writeEventCounts(context.WithoutCancel(ctx), false, commitTimeout)
		}
	}
}

// writeEventCounts keeps for the next minute what the database did not take. What
// may hold is not written again.
func (s *Service) writeEventCounts(ctx context.Context, all bool, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lost := 0
	var cause error
	for batch := range slices.Chunk(s.aggregator.take(all), countsAtOnce) {
		changes := make([]domain.Change, len(batch))
		for i, a := range batch {
			changes[i] = domain.Change{TenantID: a.kind.tenantID, Events: []domain.Event{s.counted(a)}}
		}
		for i, err := range s.store.Commit(store.Bulk(ctx), changes) {
			if err != nil && !errors.Is(err, domain.ErrOutcomeUnknown) {
				s.aggregator.restore(batch[i])
				lost, cause = lost+batch[i].count, err
			}
		}
	}
	if cause != nil {
		slog.WarnContext(ctx, "how many events were counted could not be written; it is tried again in a minute unless the process ends",
			"events", lost, "error", cause)
	}
}
