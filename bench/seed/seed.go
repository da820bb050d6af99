package seed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Order says whom to make, and where.
type Order struct {
	// DatabaseURL and Keyset are those of the deployment.
	DatabaseURL, Keyset string
	Tenant              string
	// Enrolled get a factor and recovery codes; Others have none.
	Enrolled, Others int
	// Progress is told from time to time how many have been written; it may be called at the same time.
	Progress func(done, all int)
}

// copiers is how many ranges are copied at the same time.
const copiers = 2

// Seed makes the people and leaves the database as it is some time after.
func Seed(ctx context.Context, o Order) (*People, error) {
	store, err := repository.Open(ctx, o.DatabaseURL, repository.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	s, err := newSealer(ctx, store, o.Keyset)
	if err != nil {
		return nil, err
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	write := o.commit
	if strings.HasPrefix(o.DatabaseURL, "postgres") {
		write = o.copy
	}
	return newPeople(o.Tenant, o.Enrolled, o.Others), write(ctx, store, s)
}

// kinds are the people to make: the first of each kind, and how many.
func (o Order) kinds() map[person]int {
	return map[person]int{
		{tenant: o.Tenant, enrolled: true}:  o.Enrolled,
		{tenant: o.Tenant, enrolled: false}: o.Others,
	}
}

// counter sums up what several writers report.
func (o Order) counter() func(people int) {
	var done atomic.Int64
	return func(people int) { o.Progress(int(done.Add(int64(people))), o.Enrolled+o.Others) }
}

// commitSize is as many as a batch of decisions has at most.
const commitSize = 128

// commit writes all through the store.
func (o Order) commit(ctx context.Context, store store.Store, s sealer) error {
	count := o.counter()
	for p, people := range o.kinds() {
		for last := p.number + people; p.number < last; {
			var changes []domain.Change
			for ; p.number < last && len(changes) < commitSize; p.number++ {
				change, err := s.user(p)
				if err != nil {
					return err
				}
				changes = append(changes, change)
			}
			if err := errors.Join(store.Commit(ctx, changes)...); err != nil {
				return fmt.Errorf("commit users: %w", err)
			}
			count(len(changes))
		}
	}
	return nil
}

// copy writes one through the store and all others by COPY.
func (o Order) copy(ctx context.Context, store store.Store, s sealer) error {
	conn, err := pgx.Connect(ctx, o.DatabaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	indexes, err := dropIndexes(ctx, conn, tables(true)...)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, silenceTriggers); err != nil {
		return err
	}
	count := o.counter()
	for p, people := range o.kinds() {
		templates, err := learn(ctx, store, conn, s, person{tenant: p.tenant, number: model, enrolled: p.enrolled})
		if err != nil {
			return err
		}
		all := copyRange{sealer: s, tables: templates, first: p, people: people, progress: count}
		if err := all.split(ctx, o.DatabaseURL); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, countHeads, o.Tenant); err != nil {
		return fmt.Errorf("count who has no factor: %w", err)
	}
	if _, err := conn.Exec(ctx, countStandings, o.Tenant); err != nil {
		return fmt.Errorf("count standings: %w", err)
	}
	if _, err := conn.Exec(ctx, wakeTriggers); err != nil {
		return err
	}
	return settle(ctx, conn, indexes)
}

// split copies parts of a range at the same time.
func (r copyRange) split(ctx context.Context, databaseURL string) error {
	errs := make([]error, copiers)
	var parts sync.WaitGroup
	for n := range copiers {
		part, from, to := r, r.people*n/copiers, r.people*(n+1)/copiers
		part.first.number += from
		part.people = to - from
		parts.Go(func() { errs[n] = part.run(ctx, databaseURL) })
	}
	parts.Wait()
	return errors.Join(errs...)
}
