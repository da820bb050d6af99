package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign/countersign/service/domain"
)

func TestOnlyTheServersWordSaysThatACommitWasRolledBack(t *testing.T) {
	t.Parallel()
	said := func(code string) error { return &pgconn.PgError{Code: code, SeverityUnlocalized: "ERROR"} }
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"others were faster", said("40001"), true},
		{"the same, wrapped", fmt.Errorf("commit: %w", said("40001")), true},
		{"a deadlock", said("40P01"), true},
		{"a value that does not fit", said("22001"), true},
		{"a constraint", said("23505"), true},
		{"the server is a standby", said("25006"), true},
		{"a right is missing", said("42501"), true},
		{"a lock could not be had", said("55P03"), true},
		{"the disk is full", said("53100"), true},
		{"a trigger refuses", said("P0001"), true},
		{"the transaction had failed before", pgx.ErrTxCommitRollback, true},
		{"a statement whose completion is unknown", said("40003"), false},
		{"the connection to a node broke", said("08006"), false},
		{"a transaction whose resolution is unknown", said("08007"), false},
		{"no memory is left", said("53200"), false},
		{"it was cancelled", said("57014"), false},
		{"the server stops", said("57P01"), false},
		{"a file cannot be read", said("58030"), false},
		{"an internal error", said("XX000"), false},
		{"a code that is none", said(""), false},
		{"the session was ended", &pgconn.PgError{Code: "57P01", SeverityUnlocalized: "FATAL"}, false},
		{"the session was ended for others' sake", &pgconn.PgError{Code: "40001", SeverityUnlocalized: "FATAL"}, false},
		{"the server crashed", &pgconn.PgError{Code: "57P02", SeverityUnlocalized: "PANIC"}, false},
		{"the connection broke", io.ErrUnexpectedEOF, false},
		{"pgx calls it safe to retry", pgconn.ErrConnClosed, false},
		{"the wait for the answer ended", context.DeadlineExceeded, false},
	} {
		if got := postgresRolledBack(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The server may end a session for the sake of others, in the middle of COMMIT.
func TestWhatMayHoldIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	serialization := &pgconn.PgError{Code: "40001", SeverityUnlocalized: "FATAL"}
	for _, c := range []struct {
		err  error
		want int
	}{
		{serialization, mostAttempts},
		{fmt.Errorf("%w: %w", domain.ErrOutcomeUnknown, serialization), 1},
		{io.ErrUnexpectedEOF, 1},
		{nil, 1},
	} {
		got := 0
		err := untilLetThrough(t.Context(), func() error { got++; return c.err })
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v: done %d times, want %d; %v", c.err, got, c.want, err)
		}
	}
}
