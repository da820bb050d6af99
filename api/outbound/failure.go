package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"

	"github.com/countersign/countersign/service/webhook"
)

// failure says why no answer came. The error itself has the URL in it, and goes no
// further.
func failure(ctx context.Context, err error) webhook.Failure {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var network *net.OpError
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return webhook.FailureAborted
	case errors.Is(err, errRefused):
		return webhook.FailureAddress
	case errors.As(err, &certificate), errors.As(err, &alert):
		return webhook.FailureTLS
	case errors.As(err, &record):
		return webhook.FailureUnreadable
	// Of what has a time-out that of a look-up, or of a connection, is not the receiver's.
	case errors.As(err, &name) && name.IsNotFound:
		return webhook.FailureName
	case errors.As(err, &name):
		return webhook.FailureResolver
	case errors.As(err, &network) && network.Op == "dial":
		return webhook.FailureUnreachable
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		return webhook.FailureTimeout
	case errors.As(err, &network):
		return webhook.FailureUnreachable
	}
	return webhook.FailureUnreadable
}
