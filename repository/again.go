package repository

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/service/domain"
)

// A statement outside a transaction has the isolation level that the server has
// as its default. At any above READ COMMITTED even one that reads can fail because
// of what others do at the same time, and has then done nothing (PostgreSQL,
// section 13.2.3): it is repeated, so often that only who is never let through
// fails.
const (
	mostAttempts = 20
	firstPause   = time.Millisecond
	longestPause = 50 * time.Millisecond
)

// again runs a query until others let it through. Within a transaction it runs
// once: that one has ended with the failure.
func again(query *gorm.DB, run func(*gorm.DB) error) error {
	if _, within := query.Statement.ConnPool.(gorm.TxCommitter); within {
		return run(query)
	}
	query = query.Session(&gorm.Session{}) // each run begins with the query as it is
	return untilLetThrough(query.Statement.Context, func() error { return run(query) })
}

// untilLetThrough never repeats what may hold.
func untilLetThrough(ctx context.Context, run func() error) error {
	err := run()
	for n, pause := 1, firstPause; n < mostAttempts && postgresConflict(err) && !errors.Is(err, domain.ErrOutcomeUnknown); n++ {
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
		err = run()
	}
	return err
}
