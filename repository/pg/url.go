package pg

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// URLError says what is wrong with a database URL and what to write. It quotes
// nothing of the URL but the path of a file: in one that is split in the wrong
// place any part may be a piece of the password.
type URLError string

// Error returns the message.
func (e URLError) Error() string { return "the database URL " + string(e) }

// ErrNoURL says what a URL looks like, to whoever gives none that is known.
const ErrNoURL URLError = "must be sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME, with other characters than letters and digits of the password percent-encoded"

const (
	errSpace     URLError = "has white space or a control character in it; percent-encode it, as %20 for a blank, or remove it"
	errSplit     URLError = "has an @ or # that is not percent-encoded, or a / or ? before its @; write %40 for @, %23 for #, %2F for / and %3F for ? in user, password and parameters"
	errInvalid   URLError = "is not valid: check its host, port and parameters, the files that they name, and that user and password are percent-encoded"
	errPlaintext URLError = "lets the server choose whether the connection to another host is encrypted (sslmode is prefer, allow or not set): " +
		"write sslmode=verify-full with sslrootcert=PATH, or sslmode=disable if the network in between is trusted"
)

// CheckURL refuses a URL whose parts cannot be told apart for certain.
// What it lets pass is split in the same way by pgx, and by RedactURL.
func CheckURL(text string) error {
	scheme, rest, found := strings.Cut(text, "://")
	switch {
	case !found || scheme != "postgres" && scheme != "postgresql":
		return ErrNoURL
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return errSpace
	case strings.Contains(rest, "#"), strings.Count(rest, "@") > 1, strings.Contains(rest[len(authority(rest)):], "@"):
		return errSplit
	}
	return nil
}

// authority is what comes before path and parameters (RFC 3986, section 3.2).
func authority(rest string) string {
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return rest[:end]
	}
	return rest
}

// RedactURL names a PostgreSQL database for logs and terminals: without
// password and parameters. Where no user is named, what looks like a host with
// its port may be a user with the password, and the rest of that the path.
func RedactURL(text string) string {
	if CheckURL(text) != nil {
		return "postgres://..."
	}
	scheme, rest, _ := strings.Cut(text, "://")
	shown, _, _ := strings.Cut(rest, "?")
	account, location, named := strings.Cut(shown, "@")
	if named {
		user, _, _ := strings.Cut(account, ":")
		return scheme + "://" + user + "@" + location
	}
	if host, _, port := strings.Cut(authority(rest), ":"); port && !strings.HasPrefix(rest, "[") {
		return scheme + "://" + host
	}
	return scheme + "://" + shown
}

// parseURL refuses a URL by which a connection to another host may be
// in plaintext without having been asked for.
func parseURL(text string) (*pgx.ConnConfig, error) {
	if err := CheckURL(text); err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(text)
	if err != nil { // it is not wrapped: it may quote the password
		return nil, explainURL(err)
	}
	if fallsBackToPlaintext(config) {
		return nil, errPlaintext
	}
	return config, nil
}

func explainURL(err error) URLError {
	var file *fs.PathError
	if errors.As(err, &file) {
		return URLError(fmt.Sprintf("names the file %s, which cannot be read (%v); check its path and mode", file.Path, file.Err))
	}
	switch cause := errors.Unwrap(err); {
	case cause == nil:
	case cause.Error() == "unable to add CA to cert pool":
		return "names a file in sslrootcert that holds no certificate in PEM; name the one of the authority that signed the server's"
	case cause.Error() == "sslmode is invalid":
		return "must have an sslmode of disable, require, verify-ca or verify-full"
	}
	return errInvalid
}

// fallsBackToPlaintext looks at what pgx would try, in whatever way it was told:
// by the URL, PGSSLMODE or a service file. With sslmode=disable no attempt is
// encrypted; with prefer, which is the default, and allow some are.
func fallsBackToPlaintext(config *pgx.ConnConfig) bool {
	attempts := append([]*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	var plain, encrypted bool
	for _, a := range attempts {
		plain = plain || a.TLSConfig == nil && !isLocal(a.Host)
		encrypted = encrypted || a.TLSConfig != nil
	}
	return plain && encrypted
}

// isLocal reports a host whose packets do not leave this machine.
func isLocal(host string) bool {
	network, _ := pgconn.NetworkAddress(host, 0)
	ip, err := netip.ParseAddr(host)
	return network == "unix" || strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
