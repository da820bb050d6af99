package repository

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service/domain"
)

// The server may end a session for the sake of others, in the middle of COMMIT.
func TestWhatMayHoldIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	serialization := &pgconn.PgError{Code: "40001", SeverityUnlocalized: "FATAL"}
	for _, c := range []struct {
		err  error
		want int
	}{
		{serialization, pg.MostAttempts},
		{fmt.Errorf("%w: %w", domain.ErrOutcomeUnknown, serialization), 1},
		{io.ErrUnexpectedEOF, 1},
		{nil, 1},
	} {
		got := 0
		err := retryConflicts(t.Context(), func() error { got++; return c.err })
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v: done %d times, want %d; %v", c.err, got, c.want, err)
		}
	}
}
