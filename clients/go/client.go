package countersign

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultTimeout is how long one try of a call may take, unless WithTimeout
// says otherwise. A call that may be repeated takes at most two tries and a
// wait of two seconds between them.
const DefaultTimeout = 10 * time.Second

// Client calls Countersign with one service key, which names the tenant. Make
// one and keep it: it is safe for concurrent use and reuses its connections. It
// prints as its address alone.
type Client struct {
	base    string
	http    *http.Client
	timeout time.Duration
	// authorize adds the credentials. They are out of reach in a function: a
	// print of whatever holds a Client, by whichever verb, cannot show them.
	authorize func(http.Header)
}

// Option changes how a Client calls.
type Option func(*Client)

// WithHTTPClient calls through a client of the host's own, for a proxy, a
// private CA or traces; nil changes nothing. Redirects stay refused, whatever it
// says of them.
func WithHTTPClient(client *http.Client) Option {
	return func(c *Client) {
		if client != nil {
			c.http = client
		}
	}
}

// WithTimeout bounds one try of a call. The context bounds the call.
func WithTimeout(timeout time.Duration) Option {
	return func(c *Client) { c.timeout = timeout }
}

// New returns a client of the service at baseURL, such as
// https://2fa.example.com. It calls nothing yet. Over plain http, whoever can
// read the network has the service key: use it on the same machine or inside a
// network that encrypts by itself.
func New(baseURL, serviceKey string, options ...Option) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") || base.User != nil || strings.ContainsAny(baseURL, "?#") {
		return nil, errors.New("countersign: the base URL must be like https://2fa.example.com, without credentials, query or fragment")
	}
	if serviceKey == "" || strings.ContainsFunc(serviceKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("countersign: the service key is empty or has blanks or line breaks in it; it begins with csk_")
	}
	c := &Client{
		base: strings.TrimRight(baseURL, "/"), http: &http.Client{Transport: pooled()}, timeout: DefaultTimeout,
		authorize: func(h http.Header) { h.Set("Authorization", "Bearer "+serviceKey) },
	}
	for _, option := range options {
		option(c)
	}
	c.http = straight(c.http)
	return c, nil
}

// pooled keeps as many connections as a busy login needs: the default is two.
func pooled() http.RoundTripper {
	transport, isOurs := http.DefaultTransport.(*http.Transport)
	if !isOurs {
		return http.DefaultTransport // the host put another one there
	}
	transport = transport.Clone()
	transport.MaxIdleConnsPerHost = 64
	return transport
}

// straight refuses redirects. A redirected call would carry codes and step-up
// tokens to wherever the answer says.
func straight(client *http.Client) *http.Client {
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// WithStepUp returns a client that sends a step-up token along: the proof that
// binding a further device, removing a factor, revealing and renewing codes,
// disabling and changing the policy need. The token has the audience
// "countersign", is at most five minutes old, and is spent by the one call it
// allows. One that names an action is good only for the operation of that name,
// such as "remove_factor". For another user it is the acting person's, and the
// service key needs the scope admin.
func (c *Client) WithStepUp(token string) *Client {
	proven := *c
	proven.authorize = func(h http.Header) {
		c.authorize(h)
		h.Set("Step-Up-Token", token)
	}
	return &proven
}

// String names the service, and never a credential.
func (c Client) String() string { return "[countersign at " + c.base + "]" }

// GoString is String.
func (c Client) GoString() string { return c.String() }

// Format writes String, for every verb.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is String.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }
