package repository

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestOnlyTheServersWordSaysThatACommitWasRolledBack(t *testing.T) {
	t.Parallel()
	serialization := &pgconn.PgError{Code: "40001", SeverityUnlocalized: "ERROR"}
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"an error of the server", serialization, true},
		{"the same, wrapped", fmt.Errorf("commit: %w", serialization), true},
		{"the transaction had failed before", pgx.ErrTxCommitRollback, true},
		{"the session was ended", &pgconn.PgError{Code: "57P01", SeverityUnlocalized: "FATAL"}, false},
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
