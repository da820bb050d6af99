package feed

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/service/identifier"
)

const prunedSQL = "SELECT position FROM event_retention"

// PruneEvents deletes the oldest events of before a time; see archive.Events. It goes by
// the times in identifiers, and by positions: what is left begins at one of them, so that
// who follows events can be told that some are gone.
func (f *Feed) PruneEvents(ctx context.Context, before time.Time, batch int, each func(pruned int) error) error {
	for _, step := range f.engine.prune(identifier.FirstEvent(before), batch) {
		if err := f.inBatches(ctx, batch, step, each); err != nil {
			return fmt.Errorf("prune events: %w", err)
		}
	}
	return nil
}

// pruneStep deletes a batch, of events after a position, and returns how many those were.
// What it returns is called when that has been committed; it may be repeated before.
type pruneStep func(tx *gorm.DB, position int64) (pruned int, committed func(), err error)

// inBatches repeats a step in transactions of its own, until it finds less than a whole batch.
func (f *Feed) inBatches(ctx context.Context, batch int, step pruneStep, each func(pruned int) error) error {
	for pruned := batch; pruned == batch; {
		var committed func()
		err := f.db.Transaction(ctx, func(tx *gorm.DB) error {
			var position int64
			err := tx.Raw(f.engine.holdPrune).Row().Scan(&position)
			if err == nil {
				pruned, committed, err = step(tx, position)
			}
			return err
		})
		if err != nil || pruned == 0 {
			return err
		}
		committed()
		if err := each(pruned); err != nil {
			return err
		}
	}
	return nil
}

// PrunedBefore returns a time of before which events were pruned; see archive.Events.
func (f *Feed) PrunedBefore(ctx context.Context) (time.Time, error) {
	var before string
	query := f.db.Reader(ctx).Raw("SELECT before_event FROM event_retention")
	if err := f.db.Retry(query, func(query *gorm.DB) error { return query.Row().Scan(&before) }); err != nil {
		return time.Time{}, fmt.Errorf("read of before when events were pruned: %w", err)
	}
	return identifier.EventTime(before), nil
}

// PrunedPosition returns the position up to which events were pruned; see store.Feed.
func (f *Feed) PrunedPosition(ctx context.Context) (position int64, err error) {
	query := f.db.Reader(ctx).Raw(prunedSQL)
	if err := f.db.Retry(query, func(query *gorm.DB) error { return query.Row().Scan(&position) }); err != nil {
		return 0, fmt.Errorf("read how far events were pruned: %w", err)
	}
	return position, nil
}
