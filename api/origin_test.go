package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/operator"
)

const (
	ownPage   = "https://app.acme.example"
	otherPage = "https://app.other.example"
)

func twoTenants(t *testing.T) *apptest.Tenant {
	t.Helper()
	tenant := acme(t, apptest.Options{}, operator.TenantInput{Origins: []string{ownPage, "http://localhost:3000"}})
	tenant.Tenant(operator.TenantInput{ID: "other", Origins: []string{otherPage}})
	return tenant
}

func TestOnlyPagesOfTheTenantMayCall(t *testing.T) {
	t.Parallel()
	tenant := twoTenants(t)
	browser := tenant.Browser("ada", "login")
	for origin, allowed := range map[string]bool{
		ownPage:                          true,
		"http://localhost:3000":          true,
		otherPage:                        false,
		"null":                           false,
		"http://app.acme.example":        false,
		"https://app.acme.example:443":   false,
		"https://app.acme.example.evil":  false,
		"https://evil.app.acme.example":  false,
		"https://APP.acme.example":       false,
		"https://app.acme.example/":      false,
		"https://evil.example":           false,
		"http://localhost:3001":          false,
		ownPage + "," + ownPage:          false,
		"https://app.acme.example, null": false,
	} {
		answer := browser.Get(user(""), apptest.Origin(origin))
		got := answer.Header.Get("Access-Control-Allow-Origin")
		switch {
		case allowed && (answer.Status != 200 || got != origin):
			t.Errorf("%s: %d, allowed %q", origin, answer.Status, got)
		case !allowed && (answer.Code() != "forbidden" || got != ""):
			t.Errorf("%s: %d, allowed %q", origin, answer.Status, got)
		}
		if answer.Header.Get("Vary") != "Origin" || answer.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %v", origin, answer.Header)
		}
	}
	browser.Get(user(""), apptest.Origin(browser.URL)).Want(200) // our own page
	browser.Get(user("")).Want(200)                              // no page
}

func TestAPageCanReadWhatItNeeds(t *testing.T) {
	t.Parallel()
	answer := twoTenants(t).Browser("ada", "login").Get(user(""), apptest.Origin(ownPage)).Want(200)
	if got, want := answer.Header.Get("Access-Control-Expose-Headers"), "ETag, Retry-After, WWW-Authenticate, X-Request-Id, Content-Disposition"; got != want {
		t.Errorf("exposed %s, want %s", got, want)
	}
}

func TestPreflightIsAnsweredForTheUnionOfOrigins(t *testing.T) {
	t.Parallel()
	client := twoTenants(t).Client("")
	asked := apptest.Header("Access-Control-Request-Method", "POST")
	for origin, known := range map[string]bool{
		ownPage: true, otherPage: true, "null": false, "https://evil.example": false, client.URL: false,
	} {
		answer := client.Do("OPTIONS", user("/verify"), nil, apptest.Origin(origin), asked)
		if !known {
			answer.WantProblem(403, "forbidden")
			if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s is allowed: %s", origin, got)
			}
			continue
		}
		answer.Want(204)
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin":      origin,
			"Access-Control-Allow-Methods":     "GET, HEAD, POST, PUT, PATCH, DELETE",
			"Access-Control-Allow-Headers":     "Authorization, Content-Type, Step-Up-Token, Idempotency-Key, If-Match, X-Request-Id",
			"Access-Control-Max-Age":           "600",
			"Access-Control-Allow-Credentials": "",
			"Vary":                             "Origin",
		} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", origin, name, got, want)
			}
		}
	}
}

// The browser tells nobody why, so that the log has to, and what to do about it.
func TestARefusedOriginIsOneLineOfTheLog(t *testing.T) {
	t.Parallel()
	tenant := twoTenants(t)
	browser := tenant.Browser("ada", "login")
	asked := apptest.Header("Access-Control-Request-Method", "POST")
	for sent, logged := range map[string]string{
		"https://app.acme.example:8443": "https://app.acme.example:8443",
		"null":                          "null",
		"x\u2028\u202e\"\xff":           `x\u2028\u202e\"\xff`,
		strings.Repeat("a", 5000):       strings.Repeat("a", 300),
	} {
		remedies := map[string]string{}
		if sent == logged && sent != "null" {
			remedies["call"] = "countersign tenant update acme --add-origin " + sent
			remedies["preflight"] = "countersign tenant update TENANT --add-origin " + sent
		}
		browser.Get(user(""), apptest.Origin(sent), apptest.Header("X-Request-Id", "call")).WantProblem(403, "forbidden")
		tenant.Client("").Do("OPTIONS", user(""), nil, apptest.Origin(sent), asked, apptest.Header("X-Request-Id", "preflight")).WantProblem(403, "forbidden")
		for id, want := range map[string]M{
			"call":      {"level": "WARN", "msg": "origin refused", "origin": logged, "method": "GET", "request_id": "call", "tenant": "acme"},
			"preflight": {"level": "WARN", "msg": "origin refused", "origin": logged, "method": "OPTIONS", "request_id": "preflight", "tenant": ""},
		} {
			if remedies[id] != "" {
				want["remedy"] = remedies[id]
			}
			var got []M
			for _, text := range tenant.Logs.Lines(id) {
				var line M
				if err := json.Unmarshal([]byte(text), &line); err != nil {
					t.Fatal(err)
				}
				delete(line, "time")
				if line["msg"] == want["msg"] && line["origin"] == logged {
					got = append(got, line)
				}
			}
			if diff := cmp.Diff([]M{want}, got); diff != "" {
				t.Errorf("%.40q, %s (-want +got):\n%s", sent, id, diff)
			}
		}
	}
	browser.Get(user(""), apptest.Origin(ownPage)).Want(200)
	browser.Get(user(""), apptest.Origin("null")).WantProblem(403, "forbidden") // again, within a minute
	if n := len(tenant.Logs.Lines("origin refused")); n != 8 {
		t.Errorf("%d lines", n)
	}
}

// A front end under development has a port that its tool chose.
func TestUnderDevPagesOfThisMachineMayCallASandbox(t *testing.T) {
	t.Parallel()
	for _, dev := range []bool{true, false} {
		app := apptest.New(t, apptest.Options{Dev: dev})
		sandbox := app.Tenant(operator.TenantInput{ID: "trial", Sandbox: true})
		sandbox.Put("ada", "member")
		product := app.Tenant(operator.TenantInput{ID: "product"})
		product.Put("ada", "member")
		for origin, loopback := range map[string]bool{
			"http://localhost:5173": true, "http://localhost": true, "http://127.0.0.1:3000": true, "http://[::1]:8081": true,
			"https://localhost:5173": false, "http://localhost.evil.example": false, "http://localhost:5173.evil.example": false,
			"http://evil.example#http://localhost:5173": false, "http://127.0.0.1.evil.example": false, "http://127.0.0.2": false,
			"http://app.localhost:5173": false, "http://localhost:": false, "http://user@localhost:1": false, "http://LOCALHOST:1": false, "null": false,
		} {
			asked := apptest.Header("Access-Control-Request-Method", "POST")
			for name, c := range map[string]struct {
				answer *apptest.Response
				want   bool
			}{
				"preflight": {app.Client("").Do("OPTIONS", user(""), nil, apptest.Origin(origin), asked), dev && loopback},
				"a sandbox": {sandbox.Browser("ada", "login").Get(user(""), apptest.Origin(origin)), dev && loopback},
				"a product": {product.Browser("ada", "login").Get(user(""), apptest.Origin(origin)), false},
			} {
				if got := c.answer.Header.Get("Access-Control-Allow-Origin") == origin; got != c.want || got == (c.answer.Status == 403) {
					t.Errorf("dev %v, %s from %s: let in is %v (%d)", dev, name, origin, got, c.answer.Status)
				}
			}
		}
	}
}

// A page whose ticket expired has to see that it did.
func TestAPageCanReadWhyItIsNotLetIn(t *testing.T) {
	t.Parallel()
	client := twoTenants(t).Client("csk_acme_unknown")
	for origin, want := range map[string]string{ownPage: ownPage, otherPage: otherPage, "https://evil.example": ""} {
		answer := client.Get(user(""), apptest.Origin(origin)).WantProblem(401, "credential_invalid")
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: allowed %q, want %q", origin, got, want)
		}
	}
}

func TestAForeignPageChangesNothing(t *testing.T) {
	t.Parallel()
	tenant := twoTenants(t)
	phone := tenant.Enroll("ada")
	before := tenant.User("ada").Version
	browser := tenant.Browser("ada", "account")
	browser.Post(user("/disable"), M{"code": phone.Fresh()}, apptest.Origin(otherPage)).WantProblem(403, "forbidden")
	if after := tenant.User("ada").Version; after != before {
		t.Errorf("version %d became %d", before, after)
	}
}
