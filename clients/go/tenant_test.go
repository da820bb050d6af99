package countersign_test

import (
	"encoding/json"
	"testing"

	countersign "github.com/countersign/countersign/clients/go"
)

// A signup makes a tenant with the operator key, and hands the tenant's own key on.
func TestASignupMakesATenant(t *testing.T) {
	t.Parallel()
	s := serve(t)
	var key struct {
		OperatorKey string `json:"operator_key"`
	}
	if err := json.Unmarshal(s.run("operatorkey", "create", "--output", "json"), &key); err != nil {
		t.Fatal(err)
	}
	signup := must(countersign.New(s.url, key.OperatorKey))(t)
	in := countersign.TenantInput{Edition: countersign.EditionSaas, DisplayName: new("Globex Inc."), Origins: []string{"https://globex.example.com"}}
	made := must(signup.PutTenant(t.Context(), "globex", in))(t)
	host := must(countersign.New(s.url, made.APIKey))(t)
	must(host.PutUser(t.Context(), "ada", countersign.UserInput{Username: "ada", AuthSource: "local", Role: "owner", Active: true}))(t)
	if again := must(signup.PutTenant(t.Context(), "globex", in))(t); again.APIKey != "" || again.Tenant != "globex" {
		t.Errorf("repeated, it answers %v", again)
	}
	must(signup.PutTenant(t.Context(), "globex", countersign.TenantInput{Edition: countersign.EditionSaas, Origins: []string{}}))(t)
	for tenant, err := range signup.AllTenants(t.Context()) {
		if err != nil || tenant.DisplayName != "Globex Inc." || len(tenant.Origins) != 0 {
			t.Errorf("listed: %+v, %v", tenant, err)
		}
	}
	further := must(signup.CreateServiceKey(t.Context(), "globex", countersign.ServiceKeyInput{Scopes: []countersign.Scope{countersign.ScopeLogin}}))(t)
	if err := signup.RevokeServiceKey(t.Context(), "globex", further.KeyID); err != nil {
		t.Error(err)
	}
}
