package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockRetry is how often a taken lock is tried again. Neither lock is waited
// for in the kernel or in the server: a signal could not end that wait, and a
// session that waits in PostgreSQL blocks CREATE INDEX CONCURRENTLY.
const lockRetry = 50 * time.Millisecond

// until calls try until it reports done, fails, or ctx ends.
func until(ctx context.Context, try func() (done bool, err error)) error {
	for {
		done, err := try()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lockRetry):
		}
	}
}

// lockFile takes the lock of a file, which the kernel releases with the
// process. The file stays: removing it would let two hold "the" lock.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = until(ctx, func() (bool, error) {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return func() { _ = file.Close() }, nil
}

// migrationsLock is the advisory lock of all Countersign processes on one
// PostgreSQL database: the ASCII bytes of "csmigrat".
const migrationsLock int64 = 0x63736d6967726174

// lockSession takes an advisory lock, which PostgreSQL releases with the
// session.
func lockSession(ctx context.Context, db *sql.DB) (unlock func(), err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	err = until(ctx, func() (locked bool, err error) {
		err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", migrationsLock).Scan(&locked)
		return locked, err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the schema: %w", err), conn.Close())
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationsLock)
		_ = conn.Close()
	}, nil
}
