package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
)

// issue lets the audit trail note from where a ticket was asked for.
func issue(t *testing.T, tenant *apptest.Tenant, peer string, headers http.Header) (address string, answer http.Header) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, user("/tickets"), strings.NewReader(`{"purpose":"login"}`))
	r.RemoteAddr = peer
	for name, values := range headers {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+tenant.Key)
	w := httptest.NewRecorder()
	tenant.Handler.ServeHTTP(w, r)
	if w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	events := tenant.Events()
	return events[len(events)-1].Address, w.Header()
}

func TestTheAddressIsWhatATrustedProxySays(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{TrustedProxies: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"),
	}})
	for _, test := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"nobody between", "203.0.113.9:1234", nil, "203.0.113.9"},
		{"the claim of an untrusted peer", "203.0.113.9:1234", []string{"198.51.100.7"}, "203.0.113.9"},
		{"a claim from a private address", "192.168.0.9:1234", []string{"198.51.100.7"}, "192.168.0.9"},
		{"our proxy", "10.0.0.1:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		{"our proxy, mapped", "[::ffff:10.0.0.1]:1234", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"our IPv6 proxy", "[2001:db8:1::1]:1234", []string{"2001:db8:2::7"}, "2001:db8:2::7"},
		{"a claim before our proxy's word", "10.0.0.1:1234", []string{"1.1.1.1, 198.51.100.7"}, "198.51.100.7"},
		{"two proxies", "10.0.0.1:1234", []string{"1.1.1.1, 198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"in two lines", "10.0.0.1:1234", []string{"1.1.1.1", "198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"proxies alone", "10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"with a port", "10.0.0.1:1234", []string{"198.51.100.7:4711"}, "198.51.100.7"},
		{"in brackets", "10.0.0.1:1234", []string{"[2001:db8:2::7]:4711"}, "2001:db8:2::7"},
		{"garbage", "10.0.0.1:1234", []string{"198.51.100.7, unknown"}, "10.0.0.1"},
		{"garbage behind a proxy", "10.0.0.1:1234", []string{"<script>, 10.0.0.2"}, "10.0.0.2"},
		{"empty", "10.0.0.1:1234", []string{""}, "10.0.0.1"},
		{"no address", "@", []string{"198.51.100.7"}, ""},
	} {
		headers := http.Header{"X-Real-Ip": {"9.9.9.9"}, "Forwarded": {"for=9.9.9.9"}}
		if test.forwarded != nil {
			headers["X-Forwarded-For"] = test.forwarded
		}
		if got, _ := issue(t, tenant, test.peer, headers); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestStrictTransportIsAskedForWhereThereIsTLS(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for _, test := range []struct {
		peer  string
		proto []string
		want  string
	}{
		{"10.0.0.1:1", []string{"https"}, "max-age=31536000"},
		{"10.0.0.1:1", []string{"HTTPS"}, "max-age=31536000"},
		{"10.0.0.1:1", []string{"http"}, ""},
		{"10.0.0.1:1", []string{"https, http"}, ""},
		{"10.0.0.1:1", nil, ""},
		{"203.0.113.9:1", []string{"https"}, ""},
	} {
		headers := http.Header{}
		if test.proto != nil {
			headers["X-Forwarded-Proto"] = test.proto
		}
		if _, answer := issue(t, tenant, test.peer, headers); answer.Get("Strict-Transport-Security") != test.want {
			t.Errorf("%s %v: %q, want %q", test.peer, test.proto, answer.Get("Strict-Transport-Security"), test.want)
		}
	}
}
