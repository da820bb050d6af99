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

// transactor makes what fn does hold whole or not at all.
type transactor func(ctx context.Context, fn func(tx *gorm.DB) error) error

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
	ctx := query.Statement.Context
	return translate(ctx, retryConflicts(ctx, func() error { return run(query) }))
}

// retryConflicts never repeats what may hold.
func retryConflicts(ctx context.Context, run func() error) error {
	return pg.Retry(ctx, func(err error) bool {
		return pg.Conflict(err) && !errors.Is(err, domain.ErrOutcomeUnknown)
	}, run)
}

// statement runs fn, which executes at most one statement, outside a
// transaction: the server commits a statement before it says that it is ready
// for the next (its protocol, "Extended Query"), so that three round trips become
// one. Whoever sends it sends COMMIT: it does not end with ctx, and an error is
// domain.ErrOutcomeUnknown unless the server says that it failed. It goes over
// a connection that was taken for it, since database/sql sends a statement once
// more over another one when the driver calls that safe.
func (d *database) statement(ctx context.Context, fn func(tx *gorm.DB) error) error {
	taken := false
	err := d.write.WithContext(ctx).Connection(func(tx *gorm.DB) error {
		taken = true
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
		defer cancel()
		return d.translateCommit(ctx, failOnWarning(tx, func() error { return fn(tx.WithContext(ctx)) }))
	})
	if err != nil && !taken {
		return fmt.Errorf("%w: %w", errNotBegun, d.translateWrite(ctx, err))
	}
	return err
}
