package clock

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Source tells the time of the database.
type Source interface {
	Now(ctx context.Context) (time.Time, error)
}

// Watched is this process's clock, compared with the database's. It is safe for
// concurrent use.
type Watched struct {
	clock     Clock
	source    Source
	maxGap    time.Duration
	timeout   time.Duration // of asking the source
	untrusted atomic.Bool
}

// Watch returns the clock, which may be as far from its source as maxGap.
func Watch(clock Clock, source Source, maxGap, timeout time.Duration) *Watched {
	return &Watched{clock: clock, source: source, maxGap: maxGap, timeout: timeout}
}

// Now is the real time: of tokens and of the audit trail. Databases keep
// microseconds, so nothing finer is ever compared.
func (w *Watched) Now() time.Time { return w.clock.Now().UTC().Truncate(time.Microsecond) }

// TenantNow is the time that rules codes, locks and expiries. It differs from the
// real one in a sandbox alone.
func (w *Watched) TenantNow(t domain.Tenant) time.Time { return w.Now().Add(t.ClockOffset) }

// MaxGap is how far the clocks may be apart.
func (w *Watched) MaxGap() time.Duration { return w.maxGap }

// Trusted reports whether the clocks were that close when they were last
// compared. While they are not no proof is evaluated: a code is only as good as
// the clock it is compared by.
func (w *Watched) Trusted() bool { return !w.untrusted.Load() }

// Run compares the clocks now and every interval until ctx ends.
func (w *Watched) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		w.ask(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (w *Watched) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	before := w.Now()
	there, err := w.source.Now(ctx)
	if err != nil {
		return // no verdict: a database that is gone refuses by itself
	}
	w.Compare(ctx, before, there)
}

// Compare takes note of whether this process's clock can be trusted, and reports it.
// The database has told its time since before.
func (w *Watched) Compare(ctx context.Context, before, there time.Time) (trusted bool) {
	between := gap(before, there, w.Now())
	trusted = between <= w.maxGap
	if w.untrusted.Swap(!trusted) == trusted {
		slog.WarnContext(ctx, "clock compared with the database's", "gap", between.String(), "trusted", trusted)
	}
	return trusted
}

// gap returns how far the clocks are apart. The database answered between two
// readings of ours, so the gap to the nearer one is certain.
func gap(before, there, after time.Time) time.Duration {
	switch {
	case there.Before(before):
		return before.Sub(there)
	case there.After(after):
		return there.Sub(after)
	}
	return 0
}
