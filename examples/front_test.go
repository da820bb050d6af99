package examples_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// front is the service as its hosts see it: the real one behind a proxy that publishes further keys, whose
// tokens are forged here, and that can break.
type front struct {
	*httptest.Server
	ordinary, sandbox *published
	service           atomic.Pointer[httputil.ReverseProxy]
	down              atomic.Bool
	decision          atomic.Pointer[func(http.ResponseWriter)] // instead of the service's, when set
}

// published is one set of keys.
type published struct {
	keys    atomic.Pointer[[]signingKey]
	fetches atomic.Int32
}

func (p *published) set(keys ...signingKey) { p.keys.Store(&keys) }

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{ordinary: &published{}, sandbox: &published{}}
	f.ordinary.set()
	f.sandbox.set()
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

// leadsTo puts the front before a service.
func (f *front) leadsTo(t *testing.T, address string) {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = f.publish
	f.service.Store(proxy)
}

func (f *front) serve(w http.ResponseWriter, r *http.Request) {
	decide := f.decision.Load()
	switch {
	case f.down.Load():
		w.WriteHeader(http.StatusBadGateway)
	case decide != nil && r.URL.Path == "/v1/decisions":
		(*decide)(w)
	default:
		f.service.Load().ServeHTTP(w, r)
	}
}

// publish adds keys to those of the service.
func (f *front) publish(r *http.Response) error {
	set := map[string]*published{"/.well-known/jwks.json": f.ordinary, "/.well-known/jwks-sandbox.json": f.sandbox}[r.Request.URL.Path]
	if set == nil {
		return nil
	}
	set.fetches.Add(1)
	var body struct {
		Keys []any `json:"keys"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return err
	}
	for _, key := range *set.keys.Load() {
		body.Keys = append(body.Keys, key.jwk())
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(strings.NewReader(string(text)))
	r.ContentLength = int64(len(text))
	r.Header.Del("Content-Length")
	return nil
}
