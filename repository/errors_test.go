package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign/countersign/service/domain"
)

func TestWhatADriverSaysMeansOneThingToTheService(t *testing.T) {
	t.Parallel()
	said := func(code string) error { return fmt.Errorf("load: %w", &pgconn.PgError{Code: code}) }
	mistake := errors.New("a mistake")
	for _, c := range []struct {
		name string
		err  error
		want error // nil: none of those that pass
	}{
		{"nothing", nil, nil},
		{"a statement's timeout", said("57014"), domain.ErrStoreTimeout},
		{"a lock's timeout", said("55P03"), domain.ErrStoreTimeout},
		{"a deadline of a connection", fmt.Errorf("read: %w", os.ErrDeadlineExceeded), domain.ErrStoreTimeout},
		{"a connection that did not come about in time", fmt.Errorf("connect: %w", context.DeadlineExceeded), domain.ErrStoreTimeout},
		{"connection failure", said("08006"), domain.ErrStoreUnreachable},
		{"a refused password", said("28P01"), domain.ErrStoreUnreachable},
		{"no such database", said("3D000"), domain.ErrStoreUnreachable},
		{"too many connections", said("53300"), domain.ErrStoreUnreachable},
		{"admin shutdown", said("57P01"), domain.ErrStoreUnreachable},
		{"a standby", said("25006"), domain.ErrStoreUnreachable},
		{"serializable", said("40001"), domain.ErrStoreUnreachable},
		{"a deadlock", said("40P01"), domain.ErrStoreUnreachable},
		{"no route to the host", &net.OpError{Op: "dial", Err: mistake}, domain.ErrStoreUnreachable},
		{"an end of file", fmt.Errorf("read: %w", io.EOF), domain.ErrStoreUnreachable},
		{"half an answer", fmt.Errorf("read: %w", io.ErrUnexpectedEOF), domain.ErrStoreUnreachable},
		{"a closed socket", fmt.Errorf("read: %w", net.ErrClosed), domain.ErrStoreUnreachable},
		{"a bad connection", errors.New("begin: driver: bad connection"), domain.ErrStoreUnreachable},
		{"a connection closed before", errors.New("conn closed"), domain.ErrStoreUnreachable},
		{"a pool that is closed", errors.New("sql: database is closed"), domain.ErrStoreUnreachable},
		{"a constraint", said("23505"), nil},
		{"a right is missing", said("42501"), nil},
		{"a mistake", mistake, nil},
	} {
		got := translate(t.Context(), c.err)
		for _, of := range []error{domain.ErrStoreTimeout, domain.ErrStoreUnreachable} {
			if errors.Is(got, of) != (of == c.want) {
				t.Errorf("%s is %v (%v: %v)", c.name, got, of, errors.Is(got, of))
			}
		}
		if c.err != nil && (got.Error() != c.err.Error() || !errors.Is(got, c.err)) {
			t.Errorf("%s is told as %v, in place of %v", c.name, got, c.err)
		}
	}
}

// A driver reports the connection that broke.
func TestTheEndOfTheCallersContextIsWhyAnErrorCameAbout(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := translate(ctx, net.ErrClosed)
	if !errors.Is(got, context.Canceled) || errors.Is(got, domain.ErrStoreUnreachable) {
		t.Errorf("error is %v, want that the context ended", got)
	}
}
