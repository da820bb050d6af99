package repository

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service/domain"
)

// commitTimeout bounds the wait for the answer to COMMIT, which the caller's
// context does not: an answer that comes is worth more than one that is lost.
const commitTimeout = 10 * time.Second

// errNotBegun marks a transaction that could not even begin, so that its
// changes are not each tried against a database that does not answer.
var errNotBegun = errors.New("the transaction could not begin")

// transaction runs fn and commits. The end of ctx, an error or a panic before
// COMMIT rolls back. An error of COMMIT itself after which the transaction may
// hold is domain.ErrOutcomeUnknown.
func (d *database) transaction(ctx context.Context, fn func(tx *gorm.DB) error) error {
	txCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	detach := context.AfterFunc(ctx, cancel)
	defer detach()

	tx := d.write.WithContext(txCtx).Begin()
	if tx.Error != nil {
		return fmt.Errorf("%w: %w", errNotBegun, d.translateWrite(ctx, tx.Error))
	}
	sent := false
	defer func() {
		if !sent {
			tx.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return d.translateWrite(ctx, err)
	}
	if !detach() {
		return context.Cause(ctx)
	}
	sent = true
	defer time.AfterFunc(commitTimeout, cancel).Stop()
	return d.translateCommit(ctx, tx.Commit().Error)
}

// retryTransaction repeats a transaction that the server undid because of what
// others did at the same time.
func (d *database) retryTransaction(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return retryConflicts(ctx, func() error { return d.transaction(ctx, fn) })
}

// withRetry runs a query, again where others made it fail, and translates what its failure
// means. Within a transaction it runs once: that one has ended with the failure,
// and says so itself.
func withRetry(query *gorm.DB, run func(*gorm.DB) error) error {
	if _, within := query.Statement.ConnPool.(gorm.TxCommitter); within {
		return run(query)
	}
	query = query.Session(&gorm.Session{}) // each run begins with the query as it is
	return retryRead(query.Statement.Context, func() error { return run(query) })
}

// retryRead is withRetry for a query outside of a transaction.
func retryRead(ctx context.Context, run func() error) error {
	return translate(ctx, retryConflicts(ctx, run))
}

// retryConflicts never repeats what may hold.
func retryConflicts(ctx context.Context, run func() error) error {
	return pg.Retry(ctx, func(err error) bool {
		return pg.Conflict(err) && !errors.Is(err, domain.ErrOutcomeUnknown)
	}, run)
}

// statement executes a statement outside a transaction, and returns how many rows it changed
// or returned: the server commits a statement before it says that it is ready
// for the next (its protocol, "Extended Query"), so that three round trips become
// one. Whoever sends it sends COMMIT: it does not end with ctx, and an error is
// domain.ErrOutcomeUnknown unless the server says that it failed. It goes past GORM and
// database/sql, which build and convert more than the statement has, and of which the second
// sends a statement once more over another connection when the driver calls that safe.
func (d *database) statement(ctx context.Context, statement string, parameters []any, scan func(pg.Row) error) (int64, error) {
	pool, err := d.write.DB()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	rows, sent, err := pg.Execute(ctx, pool, commitTimeout, statement, parameters, scan)
	d.write.Logger.Trace(ctx, began, func() (string, int64) { return statement, rows }, err)
	if err != nil && !sent {
		return 0, fmt.Errorf("%w: %w", errNotBegun, d.translateWrite(ctx, err))
	}
	return rows, d.translateCommit(ctx, err)
}
