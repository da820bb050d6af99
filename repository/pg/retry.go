package pg

import (
	"context"
	"time"
)

// A statement outside a transaction has the isolation level that the server has
// as its default. At any above READ COMMITTED even one that reads can fail because
// of what others do at the same time, and has then done nothing (PostgreSQL,
// section 13.2.3): it is repeated, so often that only one which always conflicts
// fails.
const (
	MostAttempts = 20
	firstPause   = time.Millisecond
	longestPause = 50 * time.Millisecond
)

// Retry repeats run as long as it fails with what blocked reports.
func Retry(ctx context.Context, blocked func(error) bool, run func() error) error {
	err := run()
	for n, pause := 1, firstPause; n < MostAttempts && blocked(err); n++ {
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
