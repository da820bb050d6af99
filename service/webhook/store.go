package webhook

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Store keeps webhooks. Implementations MUST pass repository/repotest/parttest. All methods are
// safe for concurrent use. The events of a change are those of its trail, and are
// written with it or not at all. A webhook that is not there is ErrNotFound. What changes
// many deliveries does it in several transactions, and is done again where it was
// interrupted. To Resume, Rotate, Rewind and RetryGivenUp one whose deletion has begun is
// [BeingDeleted].
type Store interface {
	// Webhooks returns all of them, oldest first.
	Webhooks(ctx context.Context) ([]Webhook, error)
	// Create stores a webhook.
	Create(ctx context.Context, w Webhook, events ...domain.Event) error
	// Pause lets the events of a webhook wait. One that is paused stays as it is, and
	// no event is written.
	Pause(ctx context.Context, key Key, reason string, at time.Time, events ...domain.Event) error
	// Resume goes on where a webhook was paused, and has what was to be tried again
	// tried at once. One that is active stays as it is, and no event is written.
	Resume(ctx context.Context, key Key, at time.Time, events ...domain.Event) error
	// Rotate has another secret sign, and the one that did until then too, until a time.
	Rotate(ctx context.Context, key Key, sealed []byte, previousUntil time.Time, events ...domain.Event) error
	// ForgetPreviousSecret erases the one that signs until a time that is over.
	ForgetPreviousSecret(ctx context.Context, key Key, now time.Time) error
	// Rewind goes back to a position, after which everything is told once more. One that
	// is not before the webhook's is ErrConflict.
	Rewind(ctx context.Context, key Key, position int64, events ...domain.Event) error
	// RetryGivenUp has what was given up tried again, from the first try on, and
	// returns how much that is. For none no event is written.
	RetryGivenUp(ctx context.Context, key Key, at time.Time, events ...domain.Event) (int, error)
	// Delete removes a webhook and all that it has not been told. It is paused first, for
	// PausedToBeDeleted, and the events of pausing are written then where it was active; the
	// others when it is gone.
	Delete(ctx context.Context, key Key, at time.Time, pausing []domain.Event, events ...domain.Event) error

	// Due returns the active webhooks with deliveries that have to be tried by now.
	Due(ctx context.Context, now time.Time) ([]Key, error)
	// DueOf returns those of one, the longest overdue first, at most limit.
	DueOf(ctx context.Context, key Key, now time.Time, limit int) ([]Delivery, error)
	// Backlog counts the deliveries of a webhook, of each kind as many as most says: no
	// more are read.
	Backlog(ctx context.Context, key Key, most Backlog) (Backlog, error)
	// TrimGivenUp forgets the oldest of what was given up, but for so many, and returns
	// how much that is.
	TrimGivenUp(ctx context.Context, key Key, keep int) (int, error)
	// Forget forgets the deliveries at positions, whose events are kept no longer. The webhook
	// stays as it is.
	Forget(ctx context.Context, key Key, positions []int64) error
	// Settle stores what came of an event: see [Settlement]. It reports whether that
	// paused the webhook.
	Settle(ctx context.Context, key Key, s Settlement) (paused bool, err error)

	// Hold makes holder the only one who sends for so long, by the clock of the
	// database, unless somebody else is. Who is already goes on being it.
	Hold(ctx context.Context, holder string, lasting time.Duration) (bool, error)
	// Release lets somebody else send at once.
	Release(ctx context.Context, holder string) error
}

// Settlement is what became of an event, or of several that a webhook is not told. Of
// From and To, when they differ, From has to be the position of the webhook, else
// nothing is stored: ErrConflict.
type Settlement struct {
	From, To int64

	At        time.Time
	Delivered bool      // the event at To, or that of Delivery, was taken
	Failure   string    // why a try failed; empty: none did, or none was made
	PauseFor  string    // the reason to pause now; empty: what has failed for [DeadAfter] is paused
	Delivery  *Delivery // to be kept, or when Delivered forgotten; nil: there is none; [Delivery.UntilResumed] where the webhook is paused
	// Tries are those of a delivery that is not new, as it was read. One that somebody
	// else has changed since stays as it is.
	Tries int
	// PauseEvents are written if this pauses the webhook.
	PauseEvents []domain.Event
}

// Events finds the events of positions. The feed of a database is one.
type Events interface {
	// EventsAt returns the events of positions, of those that there are.
	EventsAt(ctx context.Context, positions []int64) (map[int64]domain.Event, error)
	// PositionBefore returns a position after which all events since a time are, of whatever
	// tenant; the last one where there are none.
	PositionBefore(ctx context.Context, since time.Time) (int64, error)
}
