package edge_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
)

func TestACredentialIsABearerTokenInItsHeader(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{BootstrapTenant: "acme"})
	for name, test := range map[string]struct {
		headers []string
		code    string
	}{
		"the key":              {[]string{"Bearer " + tenant.Key}, ""},
		"in another case":      {[]string{"bearer  " + tenant.Key}, ""},
		"none":                 {nil, "credential_required"},
		"empty":                {[]string{""}, "credential_required"},
		"another scheme":       {[]string{"Basic " + tenant.Key}, "credential_required"},
		"no scheme":            {[]string{tenant.Key}, "credential_required"},
		"only a scheme":        {[]string{"Bearer"}, "credential_invalid"},
		"a key of nobody":      {[]string{"Bearer csk_acme_" + strings.Repeat("A", 43)}, "credential_invalid"},
		"of an unknown tenant": {[]string{"Bearer csk_nobody_" + strings.Repeat("A", 43)}, "credential_invalid"},
		"two words":            {[]string{"Bearer " + tenant.Key + " x"}, "credential_invalid"},
		"two headers":          {[]string{"Bearer " + tenant.Key, "Bearer " + tenant.Key}, "credential_invalid"},
		"no ASCII":             {[]string{"Bearer ä"}, "credential_invalid"},
		"ten thousand periods": {[]string{"Bearer " + strings.Repeat(".", 10_000)}, "credential_invalid"},
		"8 KiB and one":        {[]string{"Bearer " + strings.Repeat("x", 8193)}, "credential_invalid"},
		"an unsigned ticket":   {[]string{"Bearer eyJhbGciOiJub25lIn0.e30."}, "credential_invalid"},
	} {
		got := tenant.Client("").Get("/v1/users", func(r *http.Request) { r.Header["Authorization"] = test.headers })
		if got.Code() != test.code || (test.code == "") != (got.Status == 200) {
			t.Errorf("%s: %d %s, want %q", name, got.Status, got.Code(), test.code)
		}
	}
	tenant.Client("").Get("/v1/users?access_token="+tenant.Key).WantProblem(401, "credential_required")
}

func TestATicketEnds(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	browser := tenant.Browser("ada", "login")
	browser.Get(user("")).Want(200)
	tenant.Clock.Advance(16 * 60e9)
	browser.Get(user("")).WantProblem(401, "credential_invalid")
}

func FuzzABearerIsVisibleASCII(f *testing.F) {
	for _, header := range []string{"", "Bearer", "Bearer x", "bearer  x ", "Basic x", "Bearer a b", "Bearer \x00", "Bearer ä"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token, err := edge.Bearer([]string{header})
		switch {
		case err != nil && token != "":
			t.Errorf("%q: refused, and yet %q", header, token)
		case err == nil && (token == "" || len(token) > 8192 || strings.Trim(token, "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") != ""):
			t.Errorf("%q is taken as %q", header, token)
		}
	})
}
