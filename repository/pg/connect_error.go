package pg

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// ConnectError says why no connection came about, without the words of driver,
// resolver and server: those quote user, host, database and parameters as the
// URL was read, and if a character of the password was not encoded, these are
// pieces of it.
func ConnectError(err error) error {
	if setting := (SettingError{}); errors.As(err, &setting) {
		return fmt.Errorf("open the database: %w", setting)
	}
	var causes []string
	passing := true
	for _, attempt := range attempts(err) {
		if cause := connectCause(attempt); !slices.Contains(causes, cause) {
			causes = append(causes, cause)
		}
		passing = passing && mayPass(attempt)
	}
	told := errors.New("open the database: " + strings.Join(causes, "; "))
	if passing {
		return unreachable{told}
	}
	return told
}

// ErrUnreachable says that there is no connection, and that there may be one
// later though nobody changes the URL.
var ErrUnreachable = errors.New("the database cannot be reached")

type unreachable struct{ error }

// Is makes it ErrUnreachable.
func (unreachable) Is(target error) bool { return target == ErrUnreachable }

// mayPass reports that waiting may help: nobody is there, or whoever is does not
// serve now. To be let in is another matter, and so is a certificate.
func mayPass(err error) bool {
	var (
		server    *pgconn.PgError
		network   net.Error
		operation *net.OpError
	)
	switch {
	case errors.As(err, &server):
		return slices.ContainsFunc([]string{"08", "53", "57P"}, func(class string) bool {
			return strings.HasPrefix(server.Code, class)
		})
	case errors.Is(err, context.Canceled), errors.As(err, &operation) && operation.Op == "remote error": // an alert of TLS
		return false
	}
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || awaitsPrimary(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// awaitsPrimary reports that a standby was met where the URL wants a primary, by
// target_session_attrs.
func awaitsPrimary(err error) bool {
	return errors.Is(err, pgconn.ErrReadOnlyConnection) || errors.Is(err, pgconn.ErrStandbyConnection)
}

// attempts takes a joined error apart: there is one for each address.
func attempts(err error) []error {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if joined, ok := e.(interface{ Unwrap() []error }); ok {
			var all []error
			for _, one := range joined.Unwrap() {
				all = append(all, attempts(one)...)
			}
			return all
		}
	}
	return []error{err}
}

func connectCause(err error) string {
	var (
		server *pgconn.PgError
		name   *net.DNSError
		errno  syscall.Errno
		reach  net.Error
	)
	switch {
	case errors.As(err, &server):
		return serverCause(server.Code)
	case errors.Is(err, context.Canceled):
		return "it was interrupted"
	case errors.As(err, &name) && name.IsNotFound:
		return "the name of its host is not known"
	case errors.As(err, &name):
		return "the name of its host cannot be looked up now"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &reach) && reach.Timeout():
		return "it does not answer in time"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server closed the connection"
	case awaitsPrimary(err):
		return "it is a standby, and the URL asks for the primary"
	}
	return tlsCause(err)
}

func tlsCause(err error) string {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		certificate  x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return "the server's certificate is signed by an authority that is not known; name its certificate in sslrootcert"
	case errors.As(err, &host):
		return "the server's certificate is for another host than the URL names"
	case errors.As(err, &certificate) && certificate.Reason == x509.Expired:
		return "the server's certificate has expired or is not valid yet"
	case errors.As(err, &certificate), errors.As(err, &verification):
		return "the server's certificate is not valid"
	case strings.HasSuffix(err.Error(), "server refused TLS connection"):
		return "the server refuses TLS"
	}
	return "the connection failed; the log of the server may say why"
}

// serverCauses are by SQLSTATE (PostgreSQL, appendix A).
var serverCauses = map[string]string{
	"28P01": "the server refuses the password, or does not know the user",
	"28000": "the server lets this user not in from here; see its pg_hba.conf",
	"3D000": "the server has no such database",
	"42501": "the user may not connect to this database",
	"53300": "the server has too many connections",
	"57P03": "the server is starting or stopping",
	"42704": "the server does not know a parameter of the URL",
	"22023": "the server refuses the value of a parameter of the URL",
}

func serverCause(code string) string {
	cause, known := serverCauses[code]
	if !known {
		cause = "the server refuses the connection; its log says why"
	}
	return cause + " (SQLSTATE " + code + ")"
}
