// Package archive exports the audit trail, and prunes what is old enough.
package archive

import (
	"context"
	"log/slog"
	"time"

	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/outage"
)

// Events are the audit events of all tenants. All methods are safe for concurrent use.
type Events interface {
	// EventsBetween returns events of a tenant whose identifiers are greater than one and
	// less than another, in their order, at most limit.
	EventsBetween(ctx context.Context, tenantID, after, before string, limit int) ([]domain.Event, error)
	// SequenceEvents gives positions to committed events; see store.Feed.
	SequenceEvents(ctx context.Context) (last int64, err error)
	// EventsAfter returns events after a position; see store.Feed.
	EventsAfter(ctx context.Context, tenantID string, position int64, limit int) ([]domain.SequencedEvent, error)
	// PositionBefore returns a position after which all events since a time are.
	PositionBefore(ctx context.Context, since time.Time) (int64, error)
	// PruneEvents deletes the oldest events of before a time, in transactions of at most a
	// batch, and calls each after every one of them, whose error ends it. Several may prune
	// at once. The newest event may stay, and one that committed after others of that time.
	PruneEvents(ctx context.Context, before time.Time, batch int, each func(pruned int) error) error
	// PrunedBefore returns a time of before which events were pruned; zero: none were.
	PrunedBefore(ctx context.Context) (time.Time, error)
}

// Tenants are those that have events.
type Tenants interface {
	// Tenants returns all tenants.
	Tenants(ctx context.Context) ([]domain.Tenant, error)
}

// Archive reads and prunes the trail of one database. It is safe for concurrent use.
type Archive struct {
	events  Events
	tenants Tenants
	there   clock.Source // of the database
	here    clock.Clock
}

// New returns the archive of a database.
func New(events Events, tenants Tenants, there clock.Source, here clock.Clock) *Archive {
	return &Archive{events: events, tenants: tenants, there: there, here: here}
}

// LeastRetention is how long each event is kept, whatever is asked for: what webhooks could
// not deliver is tried for 75 hours.
const LeastRetention = 7 * 24 * time.Hour

const (
	// batch is what one transaction deletes: on SQLite nothing else is written in that time.
	batch = 100
	// page is how many events are read at once.
	page = 1000
	// followEvery is how often somebody who follows looks for news.
	followEvery = time.Second
)

// now is the earlier one of two clocks: one that is ahead is to prune nothing early.
func (a *Archive) now(ctx context.Context) (time.Time, error) {
	there, err := a.there.Now(ctx)
	if here := a.here.Now(); err == nil && here.Before(there) {
		return here, nil
	}
	return there, err
}

// Pruned says what was deleted.
type Pruned struct {
	Events int
	Before time.Time // all of them are older
}

// othersTime is the pause after a batch, as a multiple of the time that the batch took. With a factor of
// 1 the 99th percentile of verifications was 1.86 times what it is without a prune.
const othersTime = 3

// Bound returns the time of before which Prune deletes events: that given, or keep ago where that
// is zero. One that is less than keep ago, or less than [LeastRetention], is ErrInvalidRequest, and
// so is none at all.
func (a *Archive) Bound(ctx context.Context, before time.Time, keep time.Duration) (time.Time, error) {
	if before.IsZero() && keep == 0 { // a retention of zero keeps events for good
		return before, errNoBound
	}
	now, err := a.now(ctx)
	if err != nil {
		return before, err
	}
	latest := now.Add(-max(keep, LeastRetention))
	switch {
	case before.IsZero():
		return latest, nil
	case before.After(latest):
		return before, tooRecent(latest, keep)
	}
	return before, nil
}

// Prune deletes the events older than [Archive.Bound], as far as PruneEvents does. It leaves three
// quarters of the time to others. It calls each, unless that is nil, with the number of events
// deleted so far.
func (a *Archive) Prune(ctx context.Context, before time.Time, keep time.Duration, each func(pruned int)) (Pruned, error) {
	before, err := a.Bound(ctx, before, keep)
	pruned := Pruned{Before: before}
	if err != nil {
		return pruned, err
	}
	begun := time.Now()
	err = a.events.PruneEvents(ctx, before, batch, func(n int) error {
		pruned.Events += n
		if each != nil {
			each(pruned.Events)
		}
		err := pause(ctx, othersTime*time.Since(begun))
		begun = time.Now()
		return err
	})
	return pruned, err
}

// PrunedBefore returns a time of before which events were pruned, so that an export from
// before it may lack some; zero: none were.
func (a *Archive) PrunedBefore(ctx context.Context) (time.Time, error) {
	return a.events.PrunedBefore(ctx)
}

var errNoBound = domain.ErrInvalidRequest.WithDetail("Say what to delete: --before with a time, or set COUNTERSIGN_AUDIT_RETENTION.")

func tooRecent(latest time.Time, keep time.Duration) error {
	at := latest.UTC().Truncate(time.Second).Format(time.RFC3339)
	why := "each event is kept for 7d at least"
	if keep > LeastRetention {
		why = "COUNTERSIGN_AUDIT_RETENTION is longer"
	}
	return domain.ErrInvalidRequest.WithDetail("Events of that time are kept still: " + why + ". Nothing was pruned; name a time before " + at + ".")
}

func pause(ctx context.Context, d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Run prunes what is older than keep, now and every interval, until ctx ends. Any number
// of replicas may.
func (a *Archive) Run(ctx context.Context, keep, interval time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	told := outage.New(log, "old audit events are not pruned; it is tried again. Where this role may not delete them, run countersign audit prune with one that may",
		"old audit events are pruned again", false)
	for {
		pruned, err := a.Prune(ctx, time.Time{}, keep, nil)
		if ctx.Err() != nil {
			return
		}
		told.Note(err, "every", interval.String())
		if pruned.Events > 0 {
			log.Info("audit events pruned", "events", pruned.Events, "before", pruned.Before)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
