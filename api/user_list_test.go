package api_test

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
)

func TestUsersAreListedByOneOrSeveralAuthSources(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	backend := tenant.Backend()
	for id, source := range map[string]string{"a-local": "local", "b-ldap": "ldap", "c-saml": "saml"} {
		backend.Put("/v1/users/"+id, M{"username": id, "auth_source": source, "role": "member", "active": true}).Want(201)
	}
	for query, want := range map[string]string{
		"": "a-local b-ldap c-saml", "auth_source=local": "a-local", "auth_source=ldap,saml": "b-ldap c-saml", "auth_source=saml,local": "a-local c-saml",
		"auth_source=local&two_factor=disabled": "a-local", "auth_source=ldap,saml&affected=true": "",
	} {
		var ids []string
		for _, user := range backend.Get("/v1/users?" + query).Want(200).JSON()["users"].([]any) {
			if id := user.(M)["user_id"].(string); strings.Contains(id, "-") {
				ids = append(ids, id)
			}
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%q lists %q, want %q", query, got, want)
		}
	}
	for _, bad := range []string{"auth_source=", "auth_source=kerberos", "auth_source=ldap,ldap", "auth_source=local&auth_source=ldap"} {
		backend.Get("/v1/users?"+bad).WantProblem(400, "invalid_request")
	}
}
