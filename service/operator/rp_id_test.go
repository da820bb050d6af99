package operator

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/service/domain"
)

func TestAnRPIDIsStoredAsAuthenticatorsSignIt(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"":                       "", // passkeys are not configured
		"example.com":            "example.com",
		"login.example.com":      "login.example.com",
		"Example.COM":            "example.com",
		"münchen.example":        "xn--mnchen-3ya.example",
		"xn--mnchen-3ya.example": "xn--mnchen-3ya.example",
		"ａｐｐ。example":            "app.example",
		"example.co.uk":          "example.co.uk",
		"someone.github.io":      "someone.github.io",
		"localhost":              "localhost",
		"app.localhost":          "app.localhost",
		"portal":                 "portal", // a host of an intranet
		"1.example":              "1.example",
	} {
		if got, err := parseRPID(typed); got != want || err != nil {
			t.Errorf("%q becomes %q, want %q: %v", typed, got, want, err)
		}
	}
}

func TestWhatIsNoRPIDIsRefusedWithTheRemedy(t *testing.T) {
	t.Parallel()
	for text, remedy := range map[string]string{
		"com":                                "Add the label that is yours",
		"co.uk":                              "Add the label that is yours",
		"CO.UK":                              "Add the label that is yours",
		"github.io":                          "Add the label that is yours",
		"s3.amazonaws.com":                   "Add the label that is yours",
		"公司.cn":                              "Add the label that is yours",
		"anything.ck":                        "Add the label that is yours",
		"127.0.0.1":                          "no address",
		"127.1":                              "no address",
		"2130706433":                         "no address",
		"0x7f.1":                             "no address",
		"１２７.0.0.1":                          "no address",
		"::1":                                "no address",
		"[::1]":                              "no address",
		"[2001:db8::1]":                      "no address",
		"fe80::1%eth0":                       "no address",
		"example.com:443":                    "host alone",
		"localhost:8080":                     "host alone",
		"127.0.0.1:8080":                     "host alone",
		"https://example.com":                "host alone",
		"example.com/login":                  "host alone",
		"ada@example.com":                    "host alone",
		"example.com.":                       "the dot at its end",
		"example。com。":                       "the dot at its end",
		"localhost.":                         "the dot at its end",
		" ":                                  "the DNS could hold",
		" example.com":                       "the DNS could hold",
		"*.example.com":                      "the DNS could hold",
		".example.com":                       "the DNS could hold",
		"a..example.com":                     "the DNS could hold",
		"my_app.example.com":                 "the DNS could hold",
		"xn--a.example":                      "the DNS could hold",
		"\xff.example":                       "the DNS could hold",
		"a\x00b.example":                     "the DNS could hold",
		strings.Repeat("a", 64) + ".example": "the DNS could hold",
	} {
		if got, err := parseRPID(text); err == nil || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%q becomes %q: %v, want %q", text, got, err, remedy)
		}
	}
}

func TestEveryOriginIsAtTheRPIDOrBelowIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rpID, origin string
		covered      bool
	}{
		{"example.com", "https://example.com", true},
		{"example.com", "https://app.example.com:8443", true},
		{"example.com", "https://a.b.example.com", true},
		{"app.example.com", "https://app.example.com", true},
		{"xn--mnchen-3ya.example", "https://login.xn--mnchen-3ya.example", true},
		{"someone.github.io", "https://someone.github.io", true},
		{"localhost", "http://localhost:8080", true},
		{"portal", "https://portal", true},
		{"", "http://127.0.0.1:8080", true}, // there is nothing to cover

		{"example.com", "https://notexample.com", false},
		{"example.com", "https://example.com.evil.example", false},
		{"example.com", "https://example.org", false},
		{"app.example.com", "https://example.com", false},
		{"app.example.com", "https://other.example.com", false},
		{"example.com", "https://app.example.com.", false}, // another host to browsers
		{"localhost", "http://127.0.0.1:8080", false},
		{"localhost", "http://[::1]:8080", false},
		{"localhost", "http://app.localhost", false}, // as for any top-level domain
		{"portal", "https://app.portal", false},
		{"amazonaws.com", "https://someone.s3.amazonaws.com", false}, // inside of its public suffix
		{"s3.amazonaws.com", "https://someone.s3.amazonaws.com", false},
	} {
		err := checkOrigins(domain.Tenant{ID: "acme", RPID: c.rpID, Origins: []string{"https://" + c.rpID, c.origin}}, nil)
		if (err == nil) != c.covered {
			t.Errorf("rp id %q with %s: %v", c.rpID, c.origin, err)
		}
		for _, part := range []string{c.origin + " ", "https://" + c.rpID + "/.well-known/webauthn", "countersign tenant related-origins acme"} {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("the refusal has no %s: %v", part, err)
			}
		}
	}
}
