package edge_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/operator"
)

// manyUnknownCallers send keys that nobody knows from one address, within its burst, while the store does not answer.
const manyUnknownCallers = 150

func newWithUnknownCallers(t *testing.T) *busyServer {
	t.Helper()
	c := newBusyServer(t)
	c.quiet.App.Tenant(operator.TenantInput{ID: "web", Origins: []string{ownPage}})
	for n := range manyUnknownCallers {
		c.served.Go(func() {
			if w := c.get(call, fmt.Sprint("csk_acme_unknown-", n), "203.0.113.66"); w.Code != 401 {
				t.Errorf("an unknown key is answered %d", w.Code)
			}
		})
	}
	eventually(t, "all have come", func() bool { running, waiting := c.server.Lookups(); return running+waiting == manyUnknownCallers })
	return c
}

// A host's key is unknown to each replica at first, and after a restart to all of them.
func TestAnUnknownCallerDoesNotHoldUpTheFirstCallOfAHost(t *testing.T) {
	t.Parallel()
	c := newWithUnknownCallers(t)
	if w := c.get(call, c.quiet.Key, "198.51.100.7"); w.Code != 200 {
		t.Errorf("the first call of a host is answered %d: %s", w.Code, w.Body)
	}
	c.release()
}

func TestUnknownKeysDoNotHoldUpPreflights(t *testing.T) {
	t.Parallel()
	c := newWithUnknownCallers(t)
	if status := c.preflight("198.51.100.7"); status != 204 {
		t.Errorf("a preflight is answered %d", status)
	}
	c.release()
}

func (c *busyServer) preflight(address string) int {
	r := httptest.NewRequestWithContext(c.Context(), http.MethodOptions, "/v1/decisions", nil)
	r.Header.Set("Origin", ownPage)
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.RemoteAddr = address + ":1"
	w := httptest.NewRecorder()
	c.server.Handler().ServeHTTP(w, r)
	return w.Code
}

// Before its key is known, the signature of a ticket says nothing: anybody can write one.
func TestWhatMemoryDoesNotKnowIsBoundedByAddress(t *testing.T) {
	t.Parallel()
	forged := encode(`{"alg":"HS256","kid":"`+strings.Repeat("A", 43)+`","typ":"ticket+jwt"}`) + "." + encode(`{}`) + "." + encode("signature")
	for name, test := range map[string]struct {
		send func(c *busyServer, address string) int
		want int
	}{
		"keys":                    {func(c *busyServer, a string) int { return c.get("/v1/policy", "csk_acme_unknown", a).Code }, 401},
		"tickets of unknown keys": {func(c *busyServer, a string) int { return c.get("/v1/policy", forged, a).Code }, 401},
		"pages":                   {func(c *busyServer, a string) int { return c.preflight(a) }, 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newBusyServer(t)
			close(c.answer)
			c.server.OneUnknownCaller(t.Context(), "203.0.113.66")
			if got := test.send(c, "203.0.113.66"); got != 503 {
				t.Errorf("one too many of an address is answered %d", got)
			}
			if got := test.send(c, "198.51.100.7"); got != test.want {
				t.Errorf("of another address one is answered %d, want %d", got, test.want)
			}
			c.get("/v1/policy", c.Key, "198.51.100.7") // known from now on
			if got := c.get("/v1/policy", c.Key, "203.0.113.66").Code; got != 200 {
				t.Errorf("a tenant at the same address is answered %d", got)
			}
		})
	}
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
