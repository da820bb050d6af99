package service_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

func TestATenantsOriginsAreNormalAndEachThereOnce(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	op := domain.Operator{}
	tenant, _, err := w.svc.CreateTenant(w.ctx, op, operator.TenantInput{
		ID: "typed", Origins: []string{"https://B.example:443", "https://a.example/", "https://b.example", "https://a.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"https://b.example", "https://a.example"}, tenant.Origins); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if known, err := w.svc.KnownOrigin(w.ctx, "https://b.example"); !known || err != nil {
		t.Errorf("a preflight of the page is answered: %v, %v", known, err)
	}
	if tenant, err = w.svc.UpdateTenant(w.ctx, op, "typed", operator.TenantUpdate{Origins: []string{"HTTP://Localhost:80/"}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"http://localhost"}, tenant.Origins); diff != "" {
		t.Errorf("updated (-want +got):\n%s", diff)
	}
	if _, err = w.svc.UpdateTenant(w.ctx, op, "typed", operator.TenantUpdate{Origins: []string{"https://*.example.org"}}); err == nil {
		t.Error("a wildcard is taken")
	}
	if tenant, err = w.svc.UpdateTenant(w.ctx, op, "typed", operator.TenantUpdate{Origins: []string{}}); err != nil || len(tenant.Origins) != 0 {
		t.Errorf("without origins: %v, %v", tenant.Origins, err)
	}
}
