package factorfile

import (
	"bufio"
	"encoding/csv"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// noFactor is the file of URIs of a tenant without any: that it is empty would be
// what an interrupted one is too.
const noFactor = "# There is no factor."

const defaultIssuer = "Countersign"

// lineWriter writes CSV or URIs. They know no encryption of their own, so that age
// is around them: one program decrypts it everywhere, and the file is one.
type lineWriter struct {
	out    *bufio.Writer
	some   bool
	csv    *csv.Writer // nil for URIs
	closer io.Closer   // of the encryption; nil without
	issuer string
}

func newLineWriter(f Format, w io.Writer, closer io.Closer, o Options) (*lineWriter, error) {
	l := &lineWriter{out: bufio.NewWriter(w), closer: closer, issuer: valueOr(o.Issuer, defaultIssuer)}
	if f == CSV {
		l.csv = csv.NewWriter(l.out)
		return l, l.csv.Write(csvColumns)
	}
	return l, nil
}

func (l *lineWriter) add(r Record) error {
	if l.csv != nil {
		return l.csv.Write([]string{
			guarded(r.UserID), guarded(r.Username), guarded(r.Email),
			base32Text(r.Secret), r.Algorithm, strconv.Itoa(r.Digits), seconds(r.Period), guarded(cleanName(r.Name)),
		})
	}
	l.some = true
	_, err := l.out.WriteString(r.uri(l.issuer) + "\n")
	return err
}

func (l *lineWriter) end() error {
	if l.csv != nil {
		l.csv.Flush()
		if err := l.csv.Error(); err != nil {
			return err
		}
	} else if !l.some {
		_, _ = l.out.WriteString(noFactor + "\n") // Flush returns the error
	}
	if err := l.out.Flush(); err != nil || l.closer == nil {
		return err
	}
	return l.closer.Close()
}

// uri has the issuer before the account and as a parameter, as the form wants
// it. Apps show a + as it is, so that blanks are written as %20.
func (r Record) uri(issuer string) string {
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return "otpauth://totp/" + escape(issuer) + ":" + escape(r.oneName()) +
		"?secret=" + base32Text(r.Secret) + "&issuer=" + escape(issuer) +
		"&algorithm=" + r.Algorithm + "&digits=" + strconv.Itoa(r.Digits) + "&period=" + seconds(r.Period)
}

func base32Text(s Secret) string {
	return unpadded.EncodeToString(s.bytes)
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
