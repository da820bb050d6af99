package repotest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var serviceKeyContracts = []contract{
	{"comes back as it was stored, by tenant and by hash", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		key := newServiceKey(tenant.ID, "key_1", fixture.Noon)
		fixture.Must(t, s, domain.Change{TenantID: tenant.ID, ServiceKey: &key})
		found, err := s.ServiceKey(t.Context(), tenant.ID, key.Hash[:])
		fixture.WantErr(t, err, nil)
		fixture.Same(t, found, key)
		fixture.InUTC(t, found.CreatedAt, found.ExpiresAt)
		all, err := s.ServiceKeys(t.Context(), tenant.ID)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, all, []domain.ServiceKey{key})
	}},
	{"an unknown hash is not found", func(t *testing.T, s store.Store) {
		_, err := s.ServiceKey(t.Context(), fixture.NewTenant(t, s).ID, make([]byte, 32))
		fixture.WantErr(t, err, domain.ErrNotFound)
	}},
	{"lists the oldest first, revoked ones too", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		var want []domain.ServiceKey
		for i, id := range []string{"key_c", "key_a", "key_b"} {
			key := newServiceKey(tenant.ID, id, fixture.Noon.Add(time.Duration(i)*time.Second))
			if i == 1 {
				key.RevokedAt = fixture.Noon.Add(time.Hour)
			}
			fixture.Must(t, s, domain.Change{TenantID: tenant.ID, ServiceKey: &key})
			want = append(want, key)
		}
		all, err := s.ServiceKeys(t.Context(), tenant.ID)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, all, want)
	}},
	{"once revoked stays revoked", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		key := newServiceKey(tenant.ID, "key_1", fixture.Noon)
		revoked, renamed := key, key
		revoked.RevokedAt, renamed.Name = fixture.Noon.Add(time.Minute), "renamed"
		for _, k := range []domain.ServiceKey{key, revoked, renamed} {
			fixture.Must(t, s, domain.Change{TenantID: tenant.ID, ServiceKey: &k})
		}
		renamed.RevokedAt = revoked.RevokedAt
		found, err := s.ServiceKey(t.Context(), tenant.ID, key.Hash[:])
		fixture.WantErr(t, err, nil)
		fixture.Same(t, found, renamed)
	}},
	{"is written without its use, and its expiry once", expirySettled},
	{"its use is recorded once in an interval", keyUsed},
	{"of n uses at once exactly one is recorded", func(t *testing.T, s store.Store) {
		key := storedKey(t, s, fixture.NewTenant(t, s).ID, "key_1")
		for round := range 4 {
			var recorded atomic.Int64
			atOnce(8, func(i int) {
				at := fixture.Noon.Add(time.Duration(round)*time.Hour + time.Duration(i)*time.Second)
				done, err := s.RecordServiceKeyUse(t.Context(), key.TenantID, key.ID, at, 30*time.Minute)
				fixture.NoError(t, err)
				if done {
					recorded.Add(1)
				}
			})
			fixture.Same(t, recorded.Load(), int64(1))
		}
	}},
	{"a use that is recorded beside a revocation does not undo it, nor it the use", useBesideRevocation},
	{"one text has one id", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		key := newServiceKey(tenant.ID, "key_1", fixture.Noon)
		fixture.Must(t, s, domain.Change{TenantID: tenant.ID, ServiceKey: &key})
		twin := key
		twin.ID = "key_2"
		change := domain.Change{TenantID: tenant.ID, ServiceKey: &twin, Events: []domain.Event{fixture.NewEvent(tenant.ID, "")}}
		fixture.WantErr(t, fixture.Commit(t, s, change), domain.ErrAlreadyExists)
		all, err := s.ServiceKeys(t.Context(), tenant.ID)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, all, []domain.ServiceKey{key})
		fixture.Same(t, fixture.Trail(t, s, tenant.ID), []domain.Event(nil))
	}},
}

func newServiceKey(tenantID, id string, at time.Time) domain.ServiceKey {
	key := domain.ServiceKey{
		TenantID: tenantID, ID: id, Name: "backend",
		Scopes:  []domain.Scope{domain.ScopeLogin, domain.ScopeAdmin, domain.ScopeDirectory},
		KeyTerm: domain.NewKeyTerm(at, 90*24*time.Hour+time.Microsecond),
	}
	copy(key.Hash[:], id)
	return key
}

func storedKey(t *testing.T, s store.Store, tenantID, id string) domain.ServiceKey {
	t.Helper()
	key := newServiceKey(tenantID, id, fixture.Noon)
	fixture.Must(t, s, domain.Change{TenantID: tenantID, ServiceKey: &key})
	return key
}

func expirySettled(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	key := newServiceKey(tenant.ID, "key_1", fixture.Noon)
	created := key
	created.LastUsedAt = fixture.Noon.Add(time.Hour)
	later := key
	later.ExpiresAt, later.LastUsedAt = fixture.Noon.Add(time.Hour), fixture.Noon.Add(2*time.Hour)
	never := key
	never.ExpiresAt = time.Time{}
	for _, k := range []domain.ServiceKey{created, later, never} {
		fixture.Must(t, s, domain.Change{TenantID: tenant.ID, ServiceKey: &k})
		found, err := s.ServiceKey(t.Context(), tenant.ID, key.Hash[:])
		fixture.WantErr(t, err, nil)
		fixture.Same(t, found, key)
	}
}

// keyUsed records uses at some distance from the first, in order.
func keyUsed(t *testing.T, s store.Store) {
	tenant, other := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	key, beside := storedKey(t, s, tenant.ID, "key_1"), storedKey(t, s, tenant.ID, "key_2")
	theirs := storedKey(t, s, other.ID, "key_1")
	for _, c := range []struct {
		at, stored time.Duration
		recorded   bool
	}{
		{0, 0, true},
		{time.Hour - time.Microsecond, 0, false},
		{-2 * time.Hour, 0, false},
		{time.Hour, time.Hour, true},
		{time.Hour, time.Hour, false},
		{30 * 24 * time.Hour, 30 * 24 * time.Hour, true},
	} {
		recorded, err := s.RecordServiceKeyUse(t.Context(), tenant.ID, key.ID, fixture.Noon.Add(c.at), time.Hour)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, recorded, c.recorded)
		key.LastUsedAt = fixture.Noon.Add(c.stored)
		all, err := s.ServiceKeys(t.Context(), tenant.ID)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, all, []domain.ServiceKey{key, beside})
		fixture.InUTC(t, all[0].LastUsedAt)
	}
	all, err := s.ServiceKeys(t.Context(), other.ID)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, all, []domain.ServiceKey{theirs})
	recorded, err := s.RecordServiceKeyUse(t.Context(), tenant.ID, "key_3", fixture.Noon, time.Hour)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, recorded, false)
}

func useBesideRevocation(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	for _, id := range []string{"key_1", "key_2", "key_3", "key_4"} {
		key := storedKey(t, s, tenant.ID, id)
		revoked := key
		revoked.RevokedAt = fixture.Noon.Add(time.Minute)
		atOnce(2, func(i int) {
			if i == 0 {
				fixture.NoError(t, fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, ServiceKey: &revoked}))
				return
			}
			_, err := s.RecordServiceKeyUse(t.Context(), tenant.ID, id, fixture.Noon, time.Hour)
			fixture.NoError(t, err)
		})
		revoked.LastUsedAt = fixture.Noon
		found, err := s.ServiceKey(t.Context(), tenant.ID, key.Hash[:])
		fixture.WantErr(t, err, nil)
		fixture.Same(t, found, revoked)
	}
}
