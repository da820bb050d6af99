package e2e_test

import (
	"strings"
	"testing"
)

// A product signs a tenant up with curl alone, and that tenant's first user enrolls.
func TestATenantSignsUpByTheAPIWithAnOperatorKey(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		replica := s.with("COUNTERSIGN_LOG_LEVEL=debug").serve(t)
		put := func(key, tenant, body string) answer {
			return curl(t, key, "PUT", replica.url+"/v1/tenants/"+tenant, body)
		}
		put("cso_unknown", "globex", `{"edition":"saas"}`).refused(404, "not_found")
		printed := s.command(t, "operatorkey", "create", "--name", "signup", "--expires-in", "90d", "--output", "json")
		key := field(t, printed, "operator_key")
		eventually(t, "a server knows the key", func() bool { return curl(t, key, "GET", replica.url+"/v1/tenants", "").status == 200 })

		made := put(key, "globex", `{"edition":"saas","display_name":"Globex Inc.","origins":["https://globex.example.com"]}`).must(201)
		again := put(key, "globex", `{"edition":"saas"}`).must(200)
		if strings.Contains(again.text, "csk_") || again.get("display_name") != "Globex Inc." {
			t.Errorf("repeated: %s", again.text)
		}
		put(key, "globex", `{"edition":"server"}`).refused(409, "tenant_conflict")
		h := host{replica, made.get("api_key")}
		h.enroll(t, "ada")
		for _, refused := range []answer{h.as(key).call(t, "GET", "/v1/users/ada", ""), put(made.get("api_key"), "initech", `{"edition":"saas"}`)} {
			refused.refused(403, "forbidden")
		}
		further := curl(t, key, "POST", replica.url+"/v1/tenants/globex/keys", `{"scopes":["login"],"expires_in_seconds":3600}`).must(201)
		curl(t, key, "DELETE", replica.url+"/v1/tenants/globex/keys/"+made.get("key_id"), "").must(204)
		eventually(t, "the first key has ended", func() bool { return h.call(t, "GET", "/v1/users/ada", "").status == 401 })
		h.as(further.get("api_key")).call(t, "GET", "/v1/users/ada", "").must(200)

		s.command(t, "operatorkey", "revoke", field(t, printed, "key_id"))
		eventually(t, "the routes are gone", func() bool { return curl(t, key, "GET", replica.url+"/v1/tenants", "").status == 404 })
		replica.keepsQuietOf(t, key, made.get("api_key"), further.get("api_key"))
	})
}
