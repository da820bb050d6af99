package outbound

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/countersign/countersign/service/webhook"
	"github.com/countersign/countersign/service/webhook/target"
)

const (
	dialTimeout = 10 * time.Second
	// maxBody of an answer is read, so that its connection serves again, and forgotten.
	maxBody = 16 << 10
	// bodyTimeout bounds that: the status has said all that counts.
	bodyTimeout = time.Second
	maxHeader   = 64 << 10
	idleTimeout = 30 * time.Second
)

// Client is a webhook.Poster.
type Client struct {
	http    *http.Client
	timeout time.Duration // of a try
}

// New returns a client that connects to what targets permit.
func New(targets target.List) *Client { return newClient(targets, nil) }

// newClient takes the names of hosts to a resolver; nil: that of the machine.
func newClient(targets target.List, resolver *net.Resolver) *Client {
	return &Client{timeout: webhook.TryTimeout, http: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // one of the environment would connect in our place
			DialContext:            dialer(targets, resolver),
			ForceAttemptHTTP2:      true,
			DisableCompression:     true,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        idleTimeout,
			TLSHandshakeTimeout:    dialTimeout,
			MaxResponseHeaderBytes: maxHeader,
		},
	}}
}

// errRefused says that an address is not one to connect to.
var errRefused = errors.New("the address is not allowed")

// dialer looks at each address that is about to be connected to, after its name was
// looked up: a name that led elsewhere a moment ago changes nothing.
func dialer(targets target.List, resolver *net.Resolver) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{Timeout: dialTimeout, Resolver: resolver}
		if host, _, err := net.SplitHostPort(address); err != nil || !targets.Trusts(host) {
			d.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
				to, err := netip.ParseAddrPort(address)
				if err != nil || !targets.Permits(to.Addr()) {
					return errRefused
				}
				return nil
			}
		}
		return d.DialContext(ctx, network, address)
	}
}

// Post sends a message. What is returned holds nothing of the URL and of the answer
// but its status.
func (c *Client) Post(ctx context.Context, m webhook.Message) webhook.Answer {
	bounded, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(bounded, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return webhook.Answer{Failure: webhook.FailureUnreadable} // unreachable: the URL was checked
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Countersign")
	request.Header.Set("Webhook-Id", m.ID)
	request.Header.Set("Webhook-Timestamp", m.Timestamp)
	request.Header.Set("Webhook-Signature", m.Signature)
	response, err := c.http.Do(request)
	if err != nil {
		return webhook.Answer{Failure: failure(ctx, err)}
	}
	defer time.AfterFunc(bodyTimeout, cancel).Stop()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxBody)) // nobody reads it
	_ = response.Body.Close()
	return webhook.Answer{Status: response.StatusCode, RetryAfter: retryAfter(response.Header, time.Now())}
}

// retryAfter reads Retry-After, which is seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
