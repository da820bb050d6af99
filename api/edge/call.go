package edge

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// call is what is known of one request. The layers fill it in on the way to the
// operation, and one goroutine serves the request.
type call struct {
	requestID string
	address   string // of the client, as far as it can be believed
	https     bool   // between the client and us, or the proxy that we trust
	operation *operation
	caller    domain.Caller
	operator  domain.Operator // with an operator key; then there is no caller
	origin    string          // of the tenant's page that calls; empty: a host, or a page of our own
	charged   bool            // its credential counts as a failure of its address
	code      domain.Code     // of the problem that it is answered with
	endedKey  string          // id of the service key that no longer holds
	route     string          // method and path as sent
	body      [sha256.Size]byte
	// stopReading makes a read of a stream return, though it is waiting.
	stopReading context.CancelFunc
	// connected ends with the connection, and not when the time of a request
	// is over: it is for those that may take any time.
	connected context.Context
	// ending is closed when the server is about to shut down.
	ending <-chan struct{}
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callOf returns the call of a request that came through [Server.Handler].
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// CallerOf returns who calls; of an operation without credential, nobody.
func CallerOf(ctx context.Context) domain.Caller { return callOf(ctx).caller }

// OriginOf returns the origin of the tenant's page that calls; empty: a host, or a
// page of our own.
func OriginOf(ctx context.Context) string { return callOf(ctx).origin }

// ConnectionOf returns the context of a call whose work may take any time: it
// ends with the connection, and not when the time of a request is over.
func ConnectionOf(ctx context.Context) context.Context { return callOf(ctx).connected }

// EndingOf returns what is closed when the server is about to shut down, and a call
// should wait no longer for what may not come.
func EndingOf(ctx context.Context) <-chan struct{} { return callOf(ctx).ending }

// StopReadingOf returns what makes a read of the call's stream return, though it
// is waiting.
func StopReadingOf(ctx context.Context) context.CancelFunc { return callOf(ctx).stopReading }

// RepeatOf identifies a call that its client may repeat; nil without a key.
func RepeatOf(ctx context.Context, key string) *proof.Idempotency {
	if key == "" {
		return nil
	}
	c := callOf(ctx)
	return &proof.Idempotency{Key: key, Route: c.route, Body: c.body}
}

// trustedProxies are those that are believed who the client is.
type trustedProxies []netip.Prefix

func (p trustedProxies) newCall(r *http.Request) *call {
	peer := peerOf(r)
	c := &call{requestID: requestID(r), https: r.TLS != nil, route: r.Method + " " + r.URL.EscapedPath()}
	if p.trusts(peer) {
		peer = p.client(peer, r.Header.Values("X-Forwarded-For"))
		c.https = c.https || strings.EqualFold(lastOf(r.Header.Values("X-Forwarded-Proto")), "https")
	}
	if peer.IsValid() {
		c.address = peer.String()
	}
	return c
}

// saneRequestID keeps what goes into every log line to what cannot harm one.
var saneRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID is the client's own where it is sane, else a new one.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); saneRequestID.MatchString(id) {
		return id
	}
	return strings.ToLower(rand.Text())
}

// peerOf is the other end of the connection; invalid when that is no address.
func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

func (p trustedProxies) trusts(a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(p, func(proxy netip.Prefix) bool { return proxy.Contains(a) })
}

// client walks X-Forwarded-For from the right, where our own proxy wrote: the
// first address that is no proxy of ours is the client, and everything left of
// it is hearsay.
func (p trustedProxies) client(peer netip.Addr, forwarded []string) netip.Addr {
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && p.trusts(peer); i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		peer = hop
	}
	return peer
}

// parseHop reads an address, which some proxies write with a port.
func parseHop(text string) (netip.Addr, bool) {
	hop, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		hop = withPort.Addr()
	}
	return hop.Unmap().WithZone(""), true
}

// lastOf returns the last element of a list header.
func lastOf(values []string) string {
	list := strings.Split(strings.Join(values, ","), ",")
	return strings.TrimSpace(list[len(list)-1])
}
