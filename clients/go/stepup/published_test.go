package stepup_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

// published is a service, as far as a verifier sees it: its key sets.
type published struct {
	*httptest.Server
	fetches, otherFetches atomic.Int32 // of the ordinary keys, and of those of sandboxes

	mu      sync.Mutex
	keys    []object
	sandbox []object
	answer  http.HandlerFunc // instead, when set
}

// publish serves the keys.
func publish(tb testing.TB, keys ...signingKey) *published {
	tb.Helper()
	p := &published{}
	p.set(tb, keys...)
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	tb.Cleanup(p.Close)
	return p
}

func (p *published) set(tb testing.TB, keys ...signingKey) {
	tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = nil
	for _, key := range keys {
		p.keys = append(p.keys, key.jwk(tb))
	}
}

// answers replaces what is served; nil puts it back.
func (p *published) answers(with http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = with
}

// breaks is a service that is down, behind a proxy that says so.
func (p *published) breaks() {
	p.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
}

func (p *published) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/.well-known/jwks-sandbox.json" {
		p.otherFetches.Add(1)
	} else {
		p.fetches.Add(1)
	}
	p.mu.Lock()
	sets := map[string][]object{"/.well-known/jwks.json": p.keys, "/.well-known/jwks-sandbox.json": p.sandbox}
	answer := p.answer
	p.mu.Unlock()
	set, known := sets[r.URL.Path]
	switch {
	case answer != nil:
		answer(w, r)
	case !known:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(object{"keys": set})
	}
}

// clock is set by the test.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(start.UnixNano())
	return c
}

func (c *clock) now() time.Time           { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(by time.Duration) { c.at.Add(int64(by)) }

// verifier is one of the tenant acme, on a clock.
func (p *published) verifier(tb testing.TB, clock *clock) *stepup.Verifier {
	tb.Helper()
	v, err := stepup.New(stepup.Config{Issuer: issuer, Tenant: tenant, BaseURL: p.URL, Now: clock.now})
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// want is what the good token is for.
var want = stepup.Expect{UserID: "u1", SessionID: "s1", Nonce: "n1", Action: "export"}

// check verifies, and sees to it that a refused token tells nothing.
func check(tb testing.TB, v *stepup.Verifier, token string, want stepup.Expect) (countersign.StepUpClaims, error) {
	tb.Helper()
	got, err := v.Verify(context.Background(), token, want)
	if err != nil && (got.Sub != "" || got.Jti != "" || got.Amr != nil || got.Exp != 0) {
		tb.Errorf("a refused token tells %+v", got)
	}
	return got, err
}
