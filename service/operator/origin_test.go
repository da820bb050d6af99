package operator

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The table is what browsers send: web/test/origins.test.js asks one.
func TestAnOriginIsStoredAsBrowsersSendIt(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/origins.json")
	if err != nil {
		t.Fatal(err)
	}
	var sent map[string]string
	if err := json.Unmarshal(text, &sent); err != nil {
		t.Fatal(err)
	}
	for typed, want := range sent {
		for _, text := range []string{typed, want} { // what is normal stays so
			if got, err := parseOrigin(text); got != want || err != nil {
				t.Errorf("%q becomes %q, want %q: %v", text, got, want, err)
			}
		}
	}
}

func TestWhatNoBrowserSendsAsAnOriginIsRefusedWithTheRemedy(t *testing.T) {
	t.Parallel()
	for text, remedy := range map[string]string{
		"": "begin it with", "app.example.com": "begin it with", "ftp://app.example.com": "begin it with", "https:app.example.com": "begin it with",
		"chrome-extension://abcdef": "begin it with", "://app.example.com": "begin it with", " https://app.example.com": "begin it with", "*": "begin it with",
		"null":                                            "no origin",
		"https://*.example.org":                           "wildcard",
		"https://*":                                       "wildcard",
		"https://app.example.com:*":                       "wildcard",
		"https://app.example.com/path":                    "behind host and port",
		"https://app.example.com//":                       "behind host and port",
		"https://app.example.com?":                        "behind host and port",
		"https://app.example.com/?a=b":                    "behind host and port",
		"https://app.example.com#":                        "behind host and port",
		`https://app.example.com\`:                        "behind host and port",
		"https://user:pw@app.example":                     "before the @",
		"user:pw@app.example":                             "before the @",
		"https://app.example.com:":                        "a port is",
		"https://app.example.com:0":                       "a port is",
		"https://app.example.com:65536":                   "a port is",
		"https://app.example.com:99999999999999999999":    "a port is",
		"https://app.example.com:+443":                    "a port is",
		"https://app.example.com:-1":                      "a port is",
		"https://app.example.com:4a":                      "a port is",
		"https://app.example.com:80:80":                   "a port is",
		"https://":                                        "the host is none",
		"https://:443":                                    "the host is none",
		"https://.":                                       "the host is none",
		"https://a..example":                              "the host is none",
		"https://.example":                                "the host is none",
		"https://app.example..":                           "the host is none",
		"https://a b.example":                             "the host is none",
		"https://a%2eb":                                   "the host is none",
		"https://a<b.example":                             "the host is none",
		"https://a\x00b.example":                          "the host is none",
		"https://a,b.example":                             "the host is none",
		"https://a\u200db.example":                        "the host is none",
		"https://0א.example":                              "the host is none",
		"https://xn--a.example":                           "the host is none",
		"https://\xff.example":                            "the host is none",
		"https://a]b.example":                             "the host is none",
		"https://" + strings.Repeat("a", 64) + ".example": "the host is none",
		"http://127.1":                                    "four decimal numbers",
		"http://2130706433":                               "four decimal numbers",
		"http://0x7f.0.0.1":                               "four decimal numbers",
		"http://0177.0.0.1":                               "four decimal numbers",
		"http://127.0.0.1.":                               "four decimal numbers",
		"http://256.0.0.1":                                "four decimal numbers",
		"https://app.1":                                   "four decimal numbers",
		"https://app.0x":                                  "four decimal numbers",
		"https://[::1":                                    "in brackets",
		"https://::1":                                     "the host is none",
		"https://[fe80::1%25eth0]":                        "in brackets",
		"https://[fe80::1%eth0]":                          "in brackets",
		"https://[127.0.0.1]":                             "in brackets",
		"https://[::1]x":                                  "in brackets",
		"https://[1::2::3]":                               "in brackets",
	} {
		got, err := parseOrigin(text)
		if err == nil || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%q becomes %q: %v, want %s", text, got, err, remedy)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: the password is repeated: %v", text, err)
		}
	}
}
