package api_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
)

// oddIDs are ids that hosts may have.
var oddIDs = []string{
	"a/b", "/", "//", "a//b", "50%", "%", "%%", "a%41", "a%2Fb", "%2e%2e", "...", ".a", "..a/metrics", "x y", " x", "+", "a+b", "\u00fc", "u\u0308", "😀",
	"status", "import", "factors", "a?b=c", "a#b", "a&b", "a;b", "a,b", "a=b", `a\b`, `a"b`, "<b>", "{user_id}", ":user_id", "*", "~", "a@b.example",
	"CN=Ada Lovelace,OU=Analytical/Engines,O=\"x\"", strings.Repeat("ä", 128), "null", "\u05d0\u05d1", "\u0600",
}

func TestIDsGoThroughPathsUnharmed(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	backend := tenant.Backend()
	for i, id := range oddIDs {
		tenant.Put(id, "member")
		for name, escaped := range map[string]string{"escaped": url.PathEscape(id), "fully escaped": escapeAll(id)} {
			got := backend.Get("/v1/users/" + escaped).Want(200).JSON()
			if got["user_id"] != id || got["username"] != id+"@example.com" {
				t.Errorf("%q %s as %s comes back as %q", id, name, escaped, got["user_id"])
			}
		}
		if tenant.User(id).ID != id {
			t.Errorf("%q is not stored as it is", id)
		}
		if i%6 == 0 {
			phone := tenant.Enroll(id)
			backend.Post(apptest.Path("/v1/users/%s/verify", id), M{"code": phone.Fresh()}).Want(200)
		}
	}
	for _, id := range oddIDs {
		backend.Delete(apptest.Path("/v1/users/%s", id)).Want(204)
		backend.Get(apptest.Path("/v1/users/%s", id)).WantProblem(404, "not_found")
	}
	backend.Get(user("")).Want(200) // and nobody else went with them
}

// escapeAll escapes every byte, as some clients do.
func escapeAll(id string) string {
	const digits = "0123456789abcdef"
	var text strings.Builder
	for _, b := range []byte(id) {
		text.WriteByte('%')
		text.WriteByte(digits[b>>4])
		text.WriteByte(digits[b&15])
	}
	return text.String()
}

// B35: a guard that looks at another path than the router does.
func TestEscapedSlashesReachNoOtherRoute(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	browser := tenant.Browser("eve", "account")
	before := tenant.User("ada").Version
	for _, path := range []string{
		"/v1/users/eve%2F..%2Fada/disable", "/v1/users/eve/..%2Fada/disable", "/v1/users/eve%5C..%5Cada/disable", "/v1/users/%2e%2e/ada/disable",
		"/v1/users/eve/../ada/disable", "/v1//users/ada/disable", "/v1/users/ada%2Fdisable", "/v1/users/eve/%2e%2e/ada/disable", "/v1/users/ada%00/disable",
	} {
		if got := browser.Post(path, M{"code": phone.Code(1)}); got.Status < 400 {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	if after := tenant.User("ada").Version; after != before {
		t.Errorf("version %d became %d", before, after)
	}
}
