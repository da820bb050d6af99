package edge

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/countersign/countersign/api/admission"
	"github.com/countersign/countersign/service/domain"
)

// isUnavailable reports that an error says: what the request needs is not there
// now: the store, by its own word, more time, or the connection to the client.
// Then the client may come back, and the request did nothing wrong.
func isUnavailable(err error) bool {
	var network net.Error
	return errors.Is(err, domain.ErrStoreUnreachable) || errors.Is(err, domain.ErrStoreTimeout) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
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
	case errors.Is(err, domain.ErrStoreTimeout), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return causeTimeout
	}
	return causeDatabase
}
