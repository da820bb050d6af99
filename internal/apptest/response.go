package apptest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Response is an answer that holds the contract.
type Response struct {
	testing.TB
	Request *http.Request
	Status  int
	Header  http.Header
	Body    []byte
}

// Want ends the test unless the status is this one.
func (r *Response) Want(status int) *Response {
	r.Helper()
	if r.Status != status {
		r.Fatalf("%s %s: status %d, want %d: %s", r.Request.Method, r.Request.URL.EscapedPath(), r.Status, status, r.Body)
	}
	return r
}

// WantProblem ends the test unless the answer is this problem.
func (r *Response) WantProblem(status int, code string) *Response {
	r.Helper()
	if r.Status != status || r.Code() != code {
		r.Fatalf("%s %s: %d %s, want %d %s: %s",
			r.Request.Method, r.Request.URL.EscapedPath(), r.Status, r.Code(), status, code, r.Body)
	}
	return r
}

// Code returns the code of a problem; "" when it is none.
func (r *Response) Code() string {
	if r.Header.Get("Content-Type") != "application/problem+json" {
		return ""
	}
	return r.Text("code")
}

// Decode reads the body into a value.
func (r *Response) Decode(into any) {
	r.Helper()
	if err := json.Unmarshal(r.Body, into); err != nil {
		r.Fatalf("%v in %s", err, r.Body)
	}
}

// JSON returns the body as an object.
func (r *Response) JSON() M {
	r.Helper()
	var object M
	r.Decode(&object)
	return object
}

// Text returns a field that holds a text; null and absent ones are "". A dot leads
// into an object, as in totp.secret.
func (r *Response) Text(field string) string {
	r.Helper()
	var value any = r.JSON()
	for name := range strings.SplitSeq(field, ".") {
		object, _ := value.(M)
		value = object[name]
	}
	text, ok := value.(string)
	if !ok && value != nil {
		r.Fatalf("%s is no text in %s", field, r.Body)
	}
	return text
}

// Texts returns a field that holds a list of texts.
func (r *Response) Texts(field string) []string {
	r.Helper()
	var object map[string]json.RawMessage
	r.Decode(&object)
	var list []string
	if err := json.Unmarshal(object[field], &list); err != nil {
		r.Fatalf("%s is no list of texts in %s", field, r.Body)
	}
	return list
}
