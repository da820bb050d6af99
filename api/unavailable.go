package api

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/countersign/countersign/api/admission"
	"github.com/countersign/countersign/service/domain"
)

// isUnavailable reports that an error says: the database is not there now. Then
// the client may come back, and the request did nothing wrong. The errors are
// known by what they can do, or say, since this package knows no database.
func isUnavailable(err error) bool {
	var network net.Error
	return errors.As(err, &network) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		hasState(err, notServing...) || hasState(err, timedOut...) || connectionLost(err)
}

var (
	// notServing is the SQLSTATE of a server that does not serve now: classes 08
	// connection exception, 28 invalid authorization and 3D invalid catalog name,
	// of one that lets nobody in, 53 insufficient resources, 57P operator
	// intervention, and 25006, a primary that has become a standby; or that let
	// others pass however often it was asked, 40001 and 40P01.
	notServing = []string{"08", "28", "3D", "53", "57P", "25006", "40001", "40P01"}
	// timedOut is that of a statement that ran, or waited for a lock, too long:
	// query_canceled and lock_not_available.
	timedOut = []string{"57014", "55P03"}
)

// hasState reports an error with a SQLSTATE that begins like one of those.
func hasState(err error, states ...string) bool {
	var coded interface{ SQLState() string }
	return errors.As(err, &coded) && slices.ContainsFunc(states, func(state string) bool {
		return strings.HasPrefix(coded.SQLState(), state)
	})
}

// lostConnections are errors of database/sql and of pgx, which have no types for
// them.
var lostConnections = []string{"conn closed", "driver: bad connection", "sql: database is closed", "sql: connection is already closed"}

func connectionLost(err error) bool {
	return slices.ContainsFunc(lostConnections, func(text string) bool { return strings.Contains(err.Error(), text) })
}

// cause is why something was answered 503, for the log and the metrics.
type cause string

const (
	causeConcurrencyLimit cause = "concurrency_limit"
	causeDatabase         cause = "database"
	causeTimeout          cause = "timeout"
	causeOutcomeUnknown   cause = "outcome_unknown"
	causeClockUntrusted   cause = "clock_untrusted"
	causeShutdown         cause = "shutdown"
)

var causes = []cause{causeConcurrencyLimit, causeDatabase, causeTimeout, causeOutcomeUnknown, causeClockUntrusted, causeShutdown}

// causeOf tells why err, which is answered 503 as refusal, came about.
func causeOf(err error, refusal *domain.Error) cause {
	var network net.Error
	switch {
	case refusal.Code == domain.CodeOutcomeUnknown:
		return causeOutcomeUnknown
	case refusal.Code == domain.CodeClockUntrusted:
		return causeClockUntrusted
	case refusal == errEnding:
		return causeShutdown
	case refusal == errTooManyStreams, errors.Is(err, admission.ErrFull), errors.Is(err, admission.ErrWaited):
		return causeConcurrencyLimit
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout(), hasState(err, timedOut...):
		return causeTimeout
	}
	return causeDatabase
}
