package countersign_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	countersign "github.com/countersign/countersign/clients/go"
)

const serviceKey = "csk_acme_sentinelsentinelsentinelsentinelsentinelse"

// sent is a request as it went out.
type sent struct {
	method, path, body string
	header             http.Header
}

// script answers requests, one after the other; the last answer stays.
type script struct {
	mu      sync.Mutex
	answers []func(*http.Request) (*http.Response, error)
	sent    []sent
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil { // a redirect that should not be followed has none
		body, _ = io.ReadAll(r.Body)
	}
	s.mu.Lock()
	answer := s.answers[min(len(s.sent), len(s.answers)-1)]
	s.sent = append(s.sent, sent{r.Method, r.URL.EscapedPath(), string(body), r.Header.Clone()})
	s.mu.Unlock()
	return answer(r)
}

type answer = func(*http.Request) (*http.Response, error)

// client calls a service that answers so.
func client(t *testing.T, answers ...answer) (*countersign.Client, *script) {
	t.Helper()
	s := &script{answers: answers}
	c, err := countersign.New("https://2fa.example.com/", serviceKey, countersign.WithHTTPClient(&http.Client{Transport: s}))
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

var errCut = errors.New("connection reset by peer")

// cut is a connection that breaks before an answer.
func cut(*http.Request) (*http.Response, error) { return nil, errCut }

// silent never answers.
func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// halfway breaks in the middle of an answer.
func halfway(*http.Request) (*http.Response, error) {
	body := io.NopCloser(io.MultiReader(bytes.NewBufferString(`{"decision":"allow"`), brokenReader{}))
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errCut }

// says is an answer with headers, given as name and value in turn.
func says(status int, mediaType, body string, headers ...string) answer {
	header := http.Header{"Content-Type": {mediaType}}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewBufferString(body))}, nil
	}
}

func ok(body string) answer { return says(200, "application/json", body) }

// problem is a problem of the service's.
func problem(status int, code string, headers ...string) answer {
	return says(status, "application/problem+json", fmt.Sprintf(
		`{"type":"urn:countersign:problem:%s","title":"Title","status":%d,"code":"%s","detail":"The detail.","request_id":"req1"}`,
		code, status, code), headers...)
}
