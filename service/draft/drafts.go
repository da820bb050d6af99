// Package draft is what every operation that writes goes through: a decision is read,
// made and committed, again until nobody else decided in between.
package draft

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// maxRounds bounds how often one attempt decides again.
const maxRounds = 200

// Observer is told when a decision has to be made again. It must not block.
type Observer interface{ Contended() }

// Drafts carries out decisions. It is safe for concurrent use.
type Drafts struct {
	store    store.Store
	access   *access.Access
	observer Observer
}

// New returns Drafts on a store. Access is told which tenants are not as it
// remembers them.
func New(s store.Store, a *access.Access, o Observer) *Drafts {
	return &Drafts{store: s, access: a, observer: o}
}

// Commit carries out one change and forgets what it made stale.
func (d *Drafts) Commit(ctx context.Context, c domain.Change) error {
	err := d.store.Commit(ctx, []domain.Change{c})[0]
	if c.StaleTenant(err) {
		d.access.ForgetTenant(c.TenantID)
	}
	return err
}

// Retry runs one read, decide, commit until no one else decided in between.
func (d *Drafts) Retry(ctx context.Context, round func(context.Context) error) error {
	return d.RetryFor(ctx, store.DecisionTimeout, round)
}

// RetryFor is Retry with another time than that of a decision.
func (d *Drafts) RetryFor(ctx context.Context, patience time.Duration, round func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for range maxRounds {
		err := round(ctx)
		switch {
		case errors.Is(err, domain.ErrConflict):
			d.observer.Contended()
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
