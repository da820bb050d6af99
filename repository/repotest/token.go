package repotest

import (
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var tokenContracts = []contract{
	{"is spent once", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		isSpent(t, s, tenant.ID, "a", false)
		fixture.Must(t, s, spend(tenant.ID, "a"))
		isSpent(t, s, tenant.ID, "a", true)
		fixture.WantErr(t, fixture.Commit(t, s, spend(tenant.ID, "a")), domain.ErrTokenSpent)
	}},
	{"of several, one that is spent spares the others", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		fixture.Must(t, s, spend(tenant.ID, "b"))
		fixture.WantErr(t, fixture.Commit(t, s, spend(tenant.ID, "a", "b", "c")), domain.ErrTokenSpent)
		isSpent(t, s, tenant.ID, "a", false)
		isSpent(t, s, tenant.ID, "c", false)
	}},
	{"is not spent twice in one change", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		fixture.WantErr(t, fixture.Commit(t, s, spend(tenant.ID, "a", "a")), domain.ErrTokenSpent)
		isSpent(t, s, tenant.ID, "a", false)
	}},
	{"of n at once exactly one spends it", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		for range 4 {
			// The common token is named in both orders.
			id, other := fixture.NewEventID(), fixture.NewEventID()
			exactlyOne(t, 8, domain.ErrTokenSpent, func(i int) error {
				if i%2 == 0 {
					return fixture.Commit(t, s, spend(tenant.ID, id, other))
				}
				return fixture.Commit(t, s, spend(tenant.ID, other, id))
			})
		}
	}},
}

func spend(tenantID string, ids ...string) domain.Change {
	change := domain.Change{TenantID: tenantID}
	for _, id := range ids {
		change.SpentTokens = append(change.SpentTokens, domain.SpentToken{ID: id, ExpiresAt: fixture.Noon.Add(time.Hour)})
	}
	return change
}

func isSpent(t *testing.T, s store.Store, tenantID, id string, want bool) {
	t.Helper()
	got, err := s.TokenSpent(t.Context(), tenantID, id)
	fixture.WantErr(t, err, nil)
	if got != want {
		t.Errorf("TokenSpent(%q) = %v, want %v", id, got, want)
	}
}
