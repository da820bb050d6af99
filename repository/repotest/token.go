package repotest

import (
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var tokenContracts = []contract{
	{"is spent once", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		isSpent(t, s, tenant.ID, "a", false)
		must(t, s, spend(tenant.ID, "a"))
		isSpent(t, s, tenant.ID, "a", true)
		wantErr(t, commit(t, s, spend(tenant.ID, "a")), domain.ErrTokenSpent)
	}},
	{"of several, one that is spent spares the others", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		must(t, s, spend(tenant.ID, "b"))
		wantErr(t, commit(t, s, spend(tenant.ID, "a", "b", "c")), domain.ErrTokenSpent)
		isSpent(t, s, tenant.ID, "a", false)
		isSpent(t, s, tenant.ID, "c", false)
	}},
	{"is not spent twice in one change", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		wantErr(t, commit(t, s, spend(tenant.ID, "a", "a")), domain.ErrTokenSpent)
		isSpent(t, s, tenant.ID, "a", false)
	}},
	{"of n at once exactly one spends it", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		for range 4 {
			// The common token is named in both orders.
			id, other := newEventID(), newEventID()
			exactlyOne(t, 8, domain.ErrTokenSpent, func(i int) error {
				if i%2 == 0 {
					return commit(t, s, spend(tenant.ID, id, other))
				}
				return commit(t, s, spend(tenant.ID, other, id))
			})
		}
	}},
}

func spend(tenantID string, ids ...string) domain.Change {
	change := domain.Change{TenantID: tenantID}
	for _, id := range ids {
		change.SpentTokens = append(change.SpentTokens, domain.SpentToken{ID: id, ExpiresAt: noon.Add(time.Hour)})
	}
	return change
}

func isSpent(t *testing.T, s store.Store, tenantID, id string, want bool) {
	t.Helper()
	got, err := s.TokenSpent(t.Context(), tenantID, id)
	wantErr(t, err, nil)
	if got != want {
		t.Errorf("TokenSpent(%q) = %v, want %v", id, got, want)
	}
}
