package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// Outcome is what became of a call.
type Outcome struct {
	// Status is the answer's; 0 when there was none.
	Status int
	// Code is the problem's; empty when there is none.
	Code string
	// RetryAfter and ETag are headers of the answer.
	RetryAfter time.Duration
	ETag       string
	// Body is the answer's, whole.
	Body []byte
	// Err is why there was no answer.
	Err error
	// Call and Return enclose the call. Their monotonic readings order the calls of this process.
	Call, Return time.Time

	notSent bool
}

var errNotRunning = errors.New("the replica is not running")

func (o *Outcome) answered(response *http.Response, body []byte) {
	o.Status, o.Body, o.ETag = response.StatusCode, body, response.Header.Get("ETag")
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		o.RetryAfter = time.Duration(seconds) * time.Second
	}
	if response.Header.Get("Content-Type") == "application/problem+json" {
		var problem struct{ Code string }
		_ = json.Unmarshal(body, &problem) // without a code it is no problem of ours
		o.Code = problem.Code
	}
}

// OK reports that what was asked for has happened.
func (o Outcome) OK() bool { return o.Status >= 200 && o.Status < 300 }

// Is reports that the answer is the problem of that code.
func (o Outcome) Is(code string) bool { return o.Code == code }

// Unknown reports that nobody can tell whether what was asked for has happened, or will: there was no answer,
// or one that says so.
func (o Outcome) Unknown() bool {
	switch {
	case o.Err != nil:
		return !o.notSent
	case o.Status == http.StatusServiceUnavailable:
		return o.Code != "unavailable" && o.Code != "clock_untrusted"
	}
	return o.Status >= 500
}

// Void reports that nothing has happened nor will: the service could not decide and said so, or was not even
// reached.
func (o Outcome) Void() bool { return !o.Unknown() && (o.notSent || o.Status >= 500) }

// String says what came back, for messages of tests.
func (o Outcome) String() string {
	switch {
	case o.Err != nil:
		return "no answer: " + o.Err.Error()
	case o.Code != "":
		return fmt.Sprintf("%d %s", o.Status, o.Code)
	}
	return strconv.Itoa(o.Status)
}

// notSent reports that an error of a round trip came before a byte of the request was sent.
func notSent(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "dial"
}

// Decode reads the body of a success.
func (o Outcome) Decode(value any) error {
	if !o.OK() {
		return fmt.Errorf("the call was answered %v, want a success\n%s", o, o.Body)
	}
	return json.Unmarshal(o.Body, value)
}

// Read decodes the body of a success; that there is none ends the test.
func Read[T any](t testing.TB, o Outcome) T {
	t.Helper()
	var value T
	if err := o.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}
