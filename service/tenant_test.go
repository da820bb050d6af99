package service_test

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// The display name is the issuer of an otpauth URI, in which a colon ends it.
func TestADisplayNameFitsIntoAnAuthenticatorApp(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, c := range []struct {
		name string
		want domain.Code
	}{
		{"Acme Inc.", ""},
		{strings.Repeat("ö", 64), ""},
		{strings.Repeat("ö", 65), domain.CodeInvalidRequest},
		{"Acme: Login", domain.CodeInvalidRequest},
		{"Acme\nInc.", domain.CodeInvalidRequest},
		{" Acme", domain.CodeInvalidRequest},
		{" ", domain.CodeInvalidRequest},
		{"Acme\xff", domain.CodeInvalidRequest},
	} {
		_, err := w.svc.UpdateTenant(w.ctx, domain.Operator{}, tenantName, operator.TenantUpdate{DisplayName: &c.name})
		if got := codeOf(err); got != c.want {
			t.Errorf("update to %q: got %q, want %q", c.name, got, c.want)
		}
		_, _, err = w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "other", DisplayName: c.name})
		if refused := codeOf(err) == domain.CodeInvalidRequest; refused != (c.want != "") {
			t.Errorf("create %q: %v", c.name, err)
		}
	}
}

func TestATenantIsCalledByItsIdUntilItHasADisplayName(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, step := range []struct {
		in   operator.TenantUpdate
		want string
	}{
		{operator.TenantUpdate{Origins: []string{"https://app.example.com"}}, tenantName},
		{operator.TenantUpdate{DisplayName: new("Acme Inc.")}, "Acme Inc."},
		{operator.TenantUpdate{Audiences: []string{"portal"}}, "Acme Inc."},
		{operator.TenantUpdate{DisplayName: new("")}, tenantName},
	} {
		_, err := w.svc.UpdateTenant(w.ctx, domain.Operator{}, tenantName, step.in)
		w.ok(err)
		stored, err := w.store.Tenant(w.ctx, tenantName)
		w.ok(err)
		if stored.Label() != step.want {
			t.Errorf("called %q, want %q", stored.Label(), step.want)
		}
	}
}
