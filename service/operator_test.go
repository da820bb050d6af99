package service_test

import (
	"fmt"
	"slices"
	"sync"
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

// Two operators who each let in a page do not take away that of the other.
func TestOriginsAddedAtTheSameTimeAreAllThere(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		var adding sync.WaitGroup
		var want []string
		for i := range 4 {
			origin := fmt.Sprintf("https://app%d.example", i)
			want = append(want, origin)
			adding.Go(func() {
				if _, err := w.svc.UpdateTenant(w.ctx, domain.Operator{}, tenantName, operator.TenantUpdate{AddOrigins: []string{origin}}); err != nil {
					w.Error(err)
				}
			})
		}
		adding.Wait()
		stored, err := w.store.Tenant(w.ctx, tenantName)
		w.ok(err)
		slices.Sort(stored.Origins)
		if diff := cmp.Diff(want, stored.Origins); diff != "" {
			w.Errorf("origins (-want +got):\n%s", diff)
		}
	})
}
