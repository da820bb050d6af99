// Package personaldata says what is held about a person, and lets a person go out of
// the trail: its events stay, under a pseudonym. Nothing here decides a proof.
package personaldata

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/kinds"
	"github.com/countersign/countersign/service/store"
)

// Store finds the events that name a person, and takes the person out of them. An
// erasure begins with a [domain.Change], and its Before is set by the one that creates a
// user of the id. What changes an erasure changes the one of its pseudonym alone. All
// methods are safe for concurrent use.
type Store interface {
	// MayErase reports whether the role of this process may change the trail.
	MayErase(ctx context.Context) (bool, error)
	// Erasure returns the erasure of a person that is under way, or ErrNotFound.
	Erasure(ctx context.Context, tenantID, userID string) (domain.Erasure, error)
	// Erasures returns those of all tenants, the oldest first.
	Erasures(ctx context.Context, limit int) ([]domain.Erasure, error)
	// EventsNaming returns the events that name a person, newest first and only those
	// before an id, unless that is empty: as whom they are about, as who acted, or in
	// their details.
	EventsNaming(ctx context.Context, tenantID, userID, before string, limit int) ([]domain.Event, error)
	// Rewrite makes of each event that still names whom it did when it was read what it
	// becomes: whom it is about, who acted and from where, the reason and the details.
	// Where the erasure is not stored any more it is ErrNotFound; where it has another
	// Before by now, or has none and a user of the id exists, ErrConflict, and nothing
	// is done.
	Rewrite(ctx context.Context, e domain.Erasure, was, becomes []domain.Event) error
	// End sets Before, unless it is set.
	End(ctx context.Context, e domain.Erasure, before string) error
	// Done notes that no event named the person at a time, unless that is noted.
	Done(ctx context.Context, e domain.Erasure, at time.Time) error
	// Forget removes an erasure.
	Forget(ctx context.Context, e domain.Erasure) error
}

// Config is what a [PersonalData] rests on. All of it is required but Erasures, without
// which neither is anything exported nor anybody erased.
type Config struct {
	Store     store.Store
	Erasures  Store // of the same database
	Clock     *clock.Watched
	Access    *access.Access
	Trail     *audit.Trail
	Committer *commit.Committer
	Kinds     *kinds.Registry
}

// PersonalData is what is held about persons. It is safe for concurrent use.
type PersonalData struct {
	store     store.Store
	erasures  Store
	clock     *clock.Watched
	access    *access.Access
	trail     *audit.Trail
	committer *commit.Committer
	kinds     *kinds.Registry
}

// New returns a PersonalData.
func New(c Config) *PersonalData {
	return &PersonalData{
		store: c.Store, erasures: c.Erasures, clock: c.Clock, access: c.Access, trail: c.Trail, committer: c.Committer, kinds: c.Kinds,
	}
}

// by begins the audit row of whoever asked.
type by func(action domain.Action, userID string) domain.Event

func (s *PersonalData) byCaller(c domain.Caller) by {
	return func(action domain.Action, userID string) domain.Event {
		return s.trail.By(c, action, domain.OutcomeSuccess, userID)
	}
}

func (s *PersonalData) byOperator(op domain.Operator, tenantID string) by {
	return func(action domain.Action, userID string) domain.Event {
		return s.trail.ByOperator(op, tenantID, action, userID)
	}
}
