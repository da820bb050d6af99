package repository

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

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
func (s *Store) transaction(ctx context.Context, fn func(tx *gorm.DB) error) error {
	txCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	detach := context.AfterFunc(ctx, cancel)
	defer detach()

	tx := s.write.WithContext(txCtx).Begin()
	if tx.Error != nil {
		return fmt.Errorf("%w: %w", errNotBegun, s.meaning(endedBy(ctx, tx.Error)))
	}
	sent := false
	defer func() {
		if !sent {
			tx.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return s.meaning(endedBy(ctx, err))
	}
	if !detach() {
		return context.Cause(ctx)
	}
	sent = true
	defer time.AfterFunc(commitTimeout, cancel).Stop()
	return s.commitMeaning(tx.Commit().Error)
}

// transactionAgain repeats a transaction that the server undid because of what
// others did at the same time.
func (s *Store) transactionAgain(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return untilLetThrough(ctx, func() error { return s.transaction(ctx, fn) })
}

// statement runs fn, which executes at most one statement, outside a
// transaction: the server commits a statement before it says that it is ready
// for the next (its protocol, "Extended Query"), so that three round trips become
// one. Whoever sends it sends COMMIT: it does not end with ctx, and an error is
// domain.ErrOutcomeUnknown unless the server says that it failed. It goes over
// a connection that was taken for it, since database/sql sends a statement once
// more over another one when the driver calls that safe.
func (s *Store) statement(ctx context.Context, fn func(tx *gorm.DB) error) error {
	taken := false
	err := s.write.WithContext(ctx).Connection(func(tx *gorm.DB) error {
		taken = true
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
		defer cancel()
		return s.commitMeaning(unwarned(tx, func() error { return fn(tx.WithContext(ctx)) }))
	})
	if err != nil && !taken {
		return fmt.Errorf("%w: %w", errNotBegun, s.meaning(endedBy(ctx, err)))
	}
	return err
}

// endedBy names the end of ctx where that is why err came about: a driver
// reports the connection that broke.
func endedBy(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%w: %w", context.Cause(ctx), err)
}

// ErrDiskFull says that the database has no room for what was to be written.
var ErrDiskFull = errors.New("the disk of the database is full; make room on it")

// meaning turns an engine's way of saying that others were faster into
// domain.ErrConflict, that there is no room into domain.ErrUnavailable, and
// leaves other errors alone.
func (s *Store) meaning(err error) error {
	s.options.stale.note(err)
	switch {
	case s.engine.conflict(err):
		return fmt.Errorf("%w: %w", domain.ErrConflict, err)
	case s.engine.diskFull(err):
		now := time.Now()
		s.fullAt.Store(&now)
		return fmt.Errorf("%w: %w: %w", domain.ErrUnavailable, ErrDiskFull, err)
	}
	return err
}

// commitMeaning is what an error of COMMIT says about the transaction.
func (s *Store) commitMeaning(err error) error {
	if err == nil || s.engine.rolledBack(err) {
		return s.meaning(err)
	}
	return fmt.Errorf("%w: %w", domain.ErrOutcomeUnknown, err)
}

// duplicate turns the violation of a unique key into refusal.
func duplicate(err, refusal error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return refusal
	}
	return err
}
