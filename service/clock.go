package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// now is the real time: of tokens and of the audit trail. Databases keep
// microseconds, so nothing finer is ever compared.
func (s *Service) now() time.Time {
	return s.clock.Now().UTC().Truncate(time.Microsecond)
}

// tenantNow is the time that rules codes, locks and expiries. It differs from
// the real one in a sandbox alone.
func (s *Service) tenantNow(t domain.Tenant) time.Time { return s.now().Add(t.ClockOffset) }

// WatchClock compares this process's clock with the database's, now and every
// interval until ctx ends. While they are more than the configured gap apart no
// proof is judged: a code is only as good as the clock it is held against.
func (s *Service) WatchClock(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		s.compareClocks(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Service) compareClocks(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	before := s.now()
	there, err := s.store.Now(ctx)
	if err != nil {
		return // no verdict: a database that is gone refuses by itself
	}
	s.judgeClock(ctx, before, there)
}

// judgeClock takes note of whether this process's clock can be trusted. The
// database has told its time since before.
func (s *Service) judgeClock(ctx context.Context, before, there time.Time) Finding {
	gap := clockGap(before, there, s.now())
	untrusted := gap > s.maxClockGap
	if s.clockUntrusted.Swap(untrusted) != untrusted {
		slog.WarnContext(ctx, "clock compared with the database's", "gap", gap.String(), "trusted", !untrusted)
	}
	if untrusted {
		return ClockUntrusted
	}
	return FindingOK
}

// clockGap returns how far the clocks are apart. The database answered between
// two readings of ours, so the gap to the nearer one is certain.
func clockGap(before, there, after time.Time) time.Duration {
	switch {
	case there.Before(before):
		return before.Sub(there)
	case there.After(after):
		return there.Sub(after)
	}
	return 0
}
