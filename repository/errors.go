package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/service/domain"
)

// What a driver, a server or the connection to it says is turned here, and
// nowhere else, into what service knows: reads by translate, what a transaction
// does by translateWrite, and its COMMIT by translateCommit. Package repotest
// holds what becomes of each.

// failures are what passes by itself. The first that fits counts.
var failures = []struct {
	means  error
	states []string // SQLSTATEs (PostgreSQL, appendix A), or what they begin with
	other  func(error) bool
}{
	// query_canceled and lock_not_available: a statement that ran, or waited for
	// a lock, too long.
	{domain.ErrStoreTimeout, []string{"57014", "55P03"}, timedOut},
	// Classes 08 connection exception, 28 invalid authorization and 3D invalid
	// catalog name, of a server that lets nobody in, 53 insufficient resources,
	// 57P operator intervention, and 25006, a primary that has become a standby.
	// Those which let others pass however often they were asked: 40001, 40P01.
	{domain.ErrStoreUnreachable, []string{"08", "28", "3D", "53", "57P", "25006", "40001", "40P01"}, disconnected},
}

// failure is err, and what it means to the service. It keeps the words of err,
// which are for the log.
type failure struct{ means, err error }

func (f failure) Error() string { return f.err.Error() }

func (f failure) Unwrap() []error { return []error{f.means, f.err} }

// translate says what a failed call means that changed nothing. Where ctx has
// ended that is why.
func translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return endedBy(ctx, err)
	}
	if hasState(err, []string{"42501"}) { // insufficient_privilege
		return failure{ErrDenied, err}
	}
	for _, f := range failures {
		if hasState(err, f.states) || f.other(err) {
			return failure{f.means, err}
		}
	}
	return err
}

// translateWrite is translate for what a transaction did before its COMMIT.
// Others who were faster are domain.ErrConflict, and a full disk is
// domain.ErrUnavailable.
func (d *database) translateWrite(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	d.engine.note(err)
	switch {
	case d.engine.conflict(err):
		return fmt.Errorf("%w: %w", domain.ErrConflict, err)
	case d.engine.diskFull(err):
		now := time.Now()
		d.fullAt.Store(&now)
		return fmt.Errorf("%w: %w: %w", domain.ErrUnavailable, ErrDiskFull, err)
	}
	return translate(ctx, err)
}

// translateCommit is translateWrite for an error of COMMIT: unless the engine
// says that the transaction was rolled back, nobody knows.
func (d *database) translateCommit(ctx context.Context, err error) error {
	if err == nil || d.engine.rolledBack(err) {
		return d.translateWrite(ctx, err)
	}
	return fmt.Errorf("%w: %w", domain.ErrOutcomeUnknown, err)
}

// translateTimeout makes the error of a statement that the server ended for its
// time one of a context that ended.
func (d *database) translateTimeout(err error) error {
	if err != nil && d.engine.timedOut(err) {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// endedBy names the end of ctx as why err came about: a driver reports the
// connection that broke.
func endedBy(ctx context.Context, err error) error {
	if errors.Is(err, context.Cause(ctx)) {
		return err
	}
	return fmt.Errorf("%w: %w", context.Cause(ctx), err)
}

// hasState reports an error with a SQLSTATE that begins like one of those.
func hasState(err error, states []string) bool {
	var coded interface{ SQLState() string }
	return errors.As(err, &coded) && slices.ContainsFunc(states, func(state string) bool {
		return strings.HasPrefix(coded.SQLState(), state)
	})
}

func timedOut(err error) bool {
	var network net.Error // context.DeadlineExceeded is one
	return errors.As(err, &network) && network.Timeout()
}

func disconnected(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) ||
		slices.ContainsFunc(lostConnections, func(text string) bool { return strings.Contains(err.Error(), text) })
}

// lostConnections are errors of pgx and of database/sql, which have no values for
// all of them, and of which GORM keeps no more than the text when there are two.
var lostConnections = []string{"conn closed", "driver: bad connection", "sql: database is closed", "sql: connection is already closed"}

// ErrDiskFull says that the database has no room for what was to be written.
var ErrDiskFull = errors.New("the disk of the database is full; make room on it")

// ErrDenied says that the role with which the database was opened lacks a right.
var ErrDenied = errors.New("the database role may not do that")

// duplicate turns the violation of a unique key into refusal.
func duplicate(err, refusal error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return refusal
	}
	return err
}
