package repository

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service/domain"
)

// Commit carries out decisions, each whole or not at all; see store.Store.
func (s *Store) Commit(ctx context.Context, changes []domain.Change) []error {
	if s.db.engine.atOnce && alone(changes) {
		if err := s.db.commitAlone(ctx, changes[0]); endsAll(err, 1) {
			return []error{err}
		}
	}
	errs := make([]error, len(changes))
	batched, single := plan(changes)
	commit := s.db.commitInTransaction
	switch {
	case s.db.engine.atOnce && oneStatement(changes, batched):
		commit = s.db.commitAtOnce
	case s.db.engine.atOnce && len(batched) == 1: // one change is no batch
		batched, single = nil, append(batched, single...)
	}
	if err := commitBatch(ctx, commit, changes, batched, errs); err != nil {
		if endsAll(err, len(batched)) {
			setAll(errs, batched, err)
		} else {
			single = append(batched, single...)
		}
	}
	for n, i := range single {
		errs[i] = s.db.retryTransaction(ctx, func(tx *gorm.DB) error { return s.db.writer(tx).apply(changes[i]) })
		if errors.Is(errs[i], errNotBegun) {
			setAll(errs, single[n:], errs[i])
			break
		}
	}
	return errs
}

// endsAll reports an error of a batch after which its changes are not each tried
// by themselves. What failed because of others may hold then.
func endsAll(err error, size int) bool {
	return errors.Is(err, errNotBegun) || errors.Is(err, domain.ErrOutcomeUnknown) || size == 1 && !pg.Conflict(err)
}

func setAll(errs []error, indexes []int, err error) {
	for _, i := range indexes {
		errs[i] = err
	}
}

// plan returns the indexes of the changes that go out as one batch, in one
// transaction and in the order of their conditions, so that two batches do not
// wait for each other; and of those that each go out as a single one.
//
// What a batch holds is decided by one condition each: the version of a user, or
// a token that is not spent. When it does not hold, nothing of the change has
// been written, so that nothing need be undone among the others. What else of a
// change could meet a row that is there, by table:
//
//   - answers: an unexpired one is looked for before the user is changed, and
//     means that the condition does not hold.
//   - recovery_code_sets: a set replaces what is there.
//   - users who are created, spent_tokens: a row that is there is the condition.
//   - headcounts, audit_events: ids are random, or sort by time and are random.
//     A repeated one is a fault, which the database reports: all go one by one.
func plan(changes []domain.Change) (batched, single []int) {
	for i, c := range changes {
		if c.Batchable() && c.Validate() == nil {
			batched = append(batched, i)
		} else {
			single = append(single, i)
		}
	}
	slices.SortFunc(batched, func(a, b int) int {
		left, right := changes[a].Condition(), changes[b].Condition()
		return cmp.Or(cmp.Compare(left.TenantID, right.TenantID), cmp.Compare(left.UserID, right.UserID),
			cmp.Compare(left.TokenID, right.TokenID))
	})
	batched, repeated := distinct(changes, batched)
	return batched, append(single, repeated...)
}

// oneStatement reports that the statement that decides writes all.
func oneStatement(changes []domain.Change, indexes []int) bool {
	return !slices.ContainsFunc(indexes, func(i int) bool { return !changes[i].OneStatement() })
}

// distinct takes out what another decides too: one statement cannot decide
// between them.
func distinct(changes []domain.Change, sorted []int) (kept, repeated []int) {
	var last domain.Condition
	for _, i := range sorted {
		on := changes[i].Condition()
		if on == last && !on.None() {
			repeated = append(repeated, i)
			continue
		}
		kept, last = append(kept, i), on
	}
	return kept, repeated
}

// commitBatch commits the changes by way of commit, and sets the error of each that was
// refused. An error of its own means that none holds, or that nobody knows.
func commitBatch(
	ctx context.Context, commit func(context.Context, []domain.Change) ([]error, error),
	all []domain.Change, indexes []int, errs []error,
) error {
	if len(indexes) == 0 {
		return nil
	}
	changes := make([]domain.Change, len(indexes))
	for n, i := range indexes {
		changes[n] = all[i]
	}
	outcomes, err := commit(ctx, changes)
	if err != nil {
		return err
	}
	for n, i := range indexes {
		errs[i] = outcomes[n]
	}
	return nil
}

// commitInTransaction commits a batch that takes several statements.
func (d *database) commitInTransaction(ctx context.Context, changes []domain.Change) (outcomes []error, err error) {
	err = d.transaction(ctx, func(tx *gorm.DB) (err error) {
		outcomes, err = d.writer(tx).applyBatch(changes)
		return err
	})
	return outcomes, err
}
