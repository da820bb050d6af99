// Package commit is what every operation that writes goes through: a decision is
// read, made and committed, again until nobody else decided in between.
package commit

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// maxRounds bounds how often one attempt decides again.
const maxRounds = 200

// Observer is told when a decision has to be made again. It must not block.
type Observer interface{ Contended() }

// Committer carries out decisions. It is safe for concurrent use.
type Committer struct {
	store    store.Store
	access   *access.Access
	clock    *clock.Watched
	trail    *audit.Trail
	observer Observer
}

// New returns a Committer on a store. Access is told which tenants are not as it
// remembers them.
func New(s store.Store, a *access.Access, w *clock.Watched, t *audit.Trail, o Observer) *Committer {
	return &Committer{store: s, access: a, clock: w, trail: t, observer: o}
}

// Commit carries out one change and forgets what it made stale.
func (c *Committer) Commit(ctx context.Context, change domain.Change) error {
	err := c.store.Commit(ctx, []domain.Change{change})[0]
	if change.StaleTenant(err) {
		c.access.ForgetTenant(change.TenantID)
	}
	return err
}

// Retry runs one read, decide, commit until no one else decided in between.
func (c *Committer) Retry(ctx context.Context, round func(context.Context) error) error {
	return c.RetryFor(ctx, store.DecisionTimeout, round)
}

// RetryFor is Retry with another time than that of a decision.
func (c *Committer) RetryFor(ctx context.Context, timeout time.Duration, round func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	for range maxRounds {
		err := round(ctx)
		switch {
		case errors.Is(err, domain.ErrConflict):
			c.observer.Contended()
		case errors.Is(err, domain.ErrTokenSpent):
			return domain.ErrStepUpRequired
		case errors.Is(err, domain.ErrOutcomeUnknown):
			return err // whatever else has run out: it may hold
		case err != nil && ctx.Err() != nil:
			return domain.ErrUnavailable.WithCause(err)
		default:
			return err
		}
	}
	return domain.ErrUnavailable
}
