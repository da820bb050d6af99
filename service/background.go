package service

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/readiness"
)

// WatchClock compares this process's clock with the database's, now and every
// interval until ctx ends. While they are more than the configured gap apart no
// proof is evaluated.
func (s *Service) WatchClock(ctx context.Context, interval time.Duration) {
	s.clock.Run(ctx, interval)
}

// WriteEventCounts looks every interval for events whose minute has ended, and
// writes how many they were, until ctx ends; then it writes all that is counted,
// for a second at most.
func (s *Service) WriteEventCounts(ctx context.Context, interval time.Duration) {
	s.trail.Run(ctx, interval)
}

// Prober finds out whether this replica can decide: with its clock and its keyset.
func (s *Service) Prober(c readiness.Config) *readiness.Prober {
	c.Clock, c.Sealer = s.clock, s.sealer
	return readiness.New(c)
}
