package factorfile

import (
	"bufio"
	"net/url"
	"strconv"
	"strings"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

// readOTPAuth reads URIs in the form that Google Authenticator's documentation
// of keys gives them, and that every app reads.
func readOTPAuth(in *bufio.Reader, _ Options, emit func(Record) error) error {
	return bounded.EachLine(in, func(l bounded.Line) error {
		if l.Fault == "" && strings.HasPrefix(l.Text, "#") {
			return nil
		}
		return emit(uriRecord(l))
	})
}

func uriRecord(l bounded.Line) Record {
	r := Record{Number: l.Number, Refusal: lineRefusal(l)}
	if r.Refusal == nil {
		r.takeAny(r.takeURI("uri", l.Text))
	}
	return r
}

// takeURI reads an otpauth:// URI and returns whose it is by its label.
func (r *Record) takeURI(field, text string) (account string) {
	u, err := url.Parse(text)
	if err != nil || !strings.EqualFold(u.Scheme, "otpauth") {
		r.refuse(field, "This is no otpauth:// URI. Write one such URI on each line, with % before what is not plain text.")
		return ""
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		r.refuse(field, "The part after the question mark is no query. Copy the URI again from where it comes.")
		return ""
	}
	r.takeType("type", u.Host)
	r.takeBase32("secret", query.Get("secret"))
	r.takeAlgorithm("algorithm", valueOr(query.Get("algorithm"), defaultAlgorithm))
	r.takeDigits("digits", number(query.Get("digits"), defaultDigits))
	r.takePeriod("period", number(query.Get("period"), defaultPeriod))
	return labelAccount(strings.TrimPrefix(u.Path, "/"), query.Get("issuer"))
}

// labelAccount is the account of a label ISSUER:ACCOUNT, of which the issuer may
// be missing.
func labelAccount(label, issuer string) string {
	if issuer != "" {
		if account, ok := strings.CutPrefix(label, issuer+":"); ok {
			return account
		}
	}
	if _, account, ok := strings.Cut(label, ":"); ok {
		return account
	}
	return label
}

func valueOr(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// number is a whole number, -1 if it is none, and otherwise if there is nothing.
func number(text string, otherwise int) int {
	text = strings.TrimSpace(text)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
