package deploy_test

import (
	"net/http"
	"testing"
)

// marks is on each answer of Countersign, its refusals too, and on no answer of a proxy's own.
const marks = "X-Request-Id"

// inside is what no proxy passes, in spellings that one may take for another path, and Countersign for this one.
var inside = []string{
	"/healthz", "/readyz", "/metrics", "/", "/v1", "/HEALTHZ", "//healthz", "/healthz/", "/%68ealthz",
	"/v1/../healthz", "/v1/%2e%2e/healthz", "/v1/..%2fhealthz", "/ui/../healthz", "/ui/..%2fhealthz", "/docs/../healthz",
	"/.well-known/../healthz", "/v1//../../healthz", "/healthz?/v1/", "/healthz%3f/v1/", "/openapi.yaml/../healthz",
	"/v1/tenants", "/v1/tenants/", "/v1/tenants?limit=1", "/v1/tenants/globex", "/v1/tenants/acme/keys", "/v1/tenants/acme/keys/key_0",
	"//v1/tenants", "/v1//tenants", "/v1/./tenants", "/v1/%74enants/globex", "/v1/tenants%2fglobex", "/v1%2ftenants/globex", "/%76%31/tenants",
	"/v1/users/../tenants/globex", "/v1/users/%2e%2e/tenants/globex", "/v1/users/..%2ftenants/globex", "/ui/../v1/tenants/globex",
}

// alike is what a proxy may pass: it is no path of Countersign's.
var alike = []string{"/v1/..;/healthz", "/v1/tenants;/globex", "/v1/tenants.", "/v1/TENANTS", "/v1/tenants/..%2f..%2fusers", "/v1/tenants/acme%2f..%2f..%2fusers"}

// insideStaysInside, though whoever asks has the key of an operator.
func (w walk) insideStaysInside(t *testing.T) {
	w.outside.credential, w.direct.credential = w.operatorKey, w.operatorKey
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		for _, path := range inside {
			if got := w.outside.call(t, method, path, `{"edition":"saas"}`); got.status < 400 || got.header.Get(marks) != "" {
				t.Errorf("%s %s is passed, and answered %d: %s", method, path, got.status, got.body)
			}
		}
		for _, path := range alike {
			if got := w.outside.call(t, method, path, `{"edition":"saas"}`); got.status < 400 {
				t.Errorf("%s %s is answered %d: %s", method, path, got.status, got.body)
			}
		}
	}
	w.direct.call(t, http.MethodGet, "/v1/tenants", "").must(t, 200)
	for _, c := range []client{w.outside, w.direct} {
		if got := c.call(t, http.MethodGet, "/v1/nothing", "").must(t, 404); got.header.Get(marks) == "" {
			t.Errorf("an answer of Countersign has no %s: %v", marks, got.header)
		}
	}
}
