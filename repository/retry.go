package repository

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service/domain"
)

// withRetry runs a query, again where others made it fail, and translates what its failure
// means. Within a transaction it runs once: that one has ended with the failure,
// and says so itself.
func withRetry(query *gorm.DB, run func(*gorm.DB) error) error {
	if _, within := query.Statement.ConnPool.(gorm.TxCommitter); within {
		return run(query)
	}
	query = query.Session(&gorm.Session{}) // each run begins with the query as it is
	ctx := query.Statement.Context
	return translate(ctx, retryConflicts(ctx, func() error { return run(query) }))
}

// retryConflicts never repeats what may hold.
func retryConflicts(ctx context.Context, run func() error) error {
	return pg.Retry(ctx, func(err error) bool {
		return pg.Conflict(err) && !errors.Is(err, domain.ErrOutcomeUnknown)
	}, run)
}
