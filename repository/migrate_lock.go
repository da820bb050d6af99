package repository

import (
	"context"
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

// errMigratedMeanwhile: there is nothing left to take the lock for.
var errMigratedMeanwhile = errors.New("somebody else has migrated")

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

// lockMigrationFile is lockFile for as long as a migration waits.
func lockMigrationFile(ctx context.Context, path string, wait time.Duration) (unlock func(), err error) {
	over := fmt.Errorf("another process has held the lock of %s for %v: see what it does, and run migrate again", path, wait)
	limited, cancel := context.WithTimeoutCause(ctx, wait, over)
	defer cancel()
	return lockFile(limited, path)
}
