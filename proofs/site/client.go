package site

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"
)

// Client calls one replica with one credential. It is a value: the methods that change it return another.
type Client struct {
	*caller
	UserCalls
	FactorCalls
	TenantCalls
}

// caller sends requests. It is never changed: clients share it.
type caller struct {
	replica   *Replica
	transport *http.Transport
	header    http.Header
	timeout   time.Duration
	hangsUp   bool
}

// LongestCall bounds the wait for an answer; a replica may take less.
const LongestCall = 40 * time.Second

func newTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 512,
		DisableCompression:  true,
	}
}

// Client returns a client of the n-th replica with the first tenant's service key. All share the replica's
// connections, which are kept alive.
func (s *Site) Client(n int) Client { return s.Replicas[n].client(s.Tenant.Key) }

func (r *Replica) client(credential string) Client {
	return clientOf(caller{replica: r, transport: r.transport, header: http.Header{}, timeout: LongestCall}).As(credential)
}

func clientOf(c caller) Client { return Client{&c, UserCalls{&c}, FactorCalls{&c}, TenantCalls{&c}} }

// As returns the client with another credential: a service key or a ticket.
func (c Client) As(credential string) Client {
	if credential == "" {
		return c
	}
	return c.With("Authorization", "Bearer "+credential)
}

// StepUp returns the client with a step-up token, good for one call.
func (c Client) StepUp(token string) Client { return c.With("Step-Up-Token", token) }

// Idempotent returns the client with a key under which a call may be repeated.
func (c Client) Idempotent(key string) Client { return c.With("Idempotency-Key", key) }

// IfMatch returns the client with the ETag that a change rests on.
func (c Client) IfMatch(etag string) Client { return c.With("If-Match", etag) }

// With returns the client with a header field.
func (c Client) With(name, value string) Client {
	other := *c.caller
	other.header = c.header.Clone()
	other.header.Set(name, value)
	return clientOf(other)
}

// Within returns the client with another limit to the time that an answer may take.
func (c Client) Within(limit time.Duration) Client {
	other := *c.caller
	other.timeout = limit
	return clientOf(other)
}

// Fresh returns the client with connections of its own, none of which exists yet. They end with the test.
func (c Client) Fresh() Client {
	other := *c.caller
	other.transport = newTransport()
	c.replica.site.t.Cleanup(other.transport.CloseIdleConnections)
	return clientOf(other)
}

// HangingUp returns the client as one that hangs up as soon as a request is written. Mostly there is no answer
// then, though one may have come before.
func (c Client) HangingUp() Client {
	other := *c.caller
	other.hangsUp = true
	return clientOf(other)
}

// Call sends a request and waits for the answer. What the body is made of is sent as JSON; nil is none.
func (c Client) Call(ctx context.Context, method, path string, body any) Outcome {
	return c.call(ctx, method, path, body)
}

func (c *caller) call(ctx context.Context, method, path string, body any) (o Outcome) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	transport := c.transport
	if c.hangsUp {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { cancel() },
		})
		transport = newTransport() // hanging up ends the connection, which must be nobody else's
		defer transport.CloseIdleConnections()
	}
	o.Call = time.Now()
	defer func() { o.Return = time.Now() }()
	request, err := c.request(ctx, method, path, body)
	if err != nil {
		o.Err, o.notSent = err, true
		return o
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		o.Err, o.notSent = err, notSent(err)
		return o
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		o.Err = err
		return o
	}
	o.answered(response, text)
	return o
}

func (c *caller) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	base := c.replica.URL()
	if base == "" {
		return nil, errNotRunning
	}
	request, err := http.NewRequestWithContext(ctx, method, base+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header = c.header.Clone()
	if body == nil {
		return request, nil
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	// A body that net/http cannot get again keeps it from sending a request twice by itself.
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

// userPath is the path of a user, or of something that belongs to it.
func userPath(userID string, rest ...string) string {
	path := "/v1/users/" + url.PathEscape(userID)
	for _, part := range rest {
		path += "/" + url.PathEscape(part)
	}
	return path
}
