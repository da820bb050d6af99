package repotest

import (
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var recoveryCodeContracts = []contract{
	{"nobody's set is empty", func(t *testing.T, s store.Store) {
		user := fixture.NewUser(fixture.NewTenant(t, s).ID, "u")
		fixture.Same(t, fixture.Codes(t, s, user), domain.RecoveryCodeSet{TenantID: user.TenantID, UserID: user.ID})
	}},
	{"comes back as it was stored", func(t *testing.T, s store.Store) {
		user, set := userWithCodes(t, s)
		set.Codes[3].Sealed, set.Codes[3].SpentAt = nil, fixture.Noon.Add(time.Minute)
		fixture.Must(t, s, withCodes(user, set))
		stored := fixture.Codes(t, s, user)
		fixture.Same(t, stored, set)
		fixture.InUTC(t, stored.GeneratedAt, stored.Codes[3].SpentAt)
	}},
	{"comes back without ciphertexts where none are kept", func(t *testing.T, s store.Store) {
		user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
		set := fixture.NewCodes(user, fixture.Noon)
		for i := range set.Codes {
			set.Codes[i].Sealed = nil
		}
		fixture.Must(t, s, withCodes(user, set))
		fixture.Same(t, fixture.Codes(t, s, user), set)
	}},
	{"an empty set removes the codes", func(t *testing.T, s store.Store) {
		user, set := userWithCodes(t, s)
		set.Codes = nil
		fixture.Must(t, s, withCodes(user, set))
		fixture.Same(t, fixture.Codes(t, s, user), domain.RecoveryCodeSet{TenantID: user.TenantID, UserID: user.ID})
	}},
	{"a stale user writes no codes", func(t *testing.T, s store.Store) {
		user, set := userWithCodes(t, s)
		user.Version--
		fixture.WantErr(t, fixture.Commit(t, s, withCodes(user, fixture.NewCodes(user, fixture.Noon.Add(time.Hour)))), domain.ErrConflict)
		fixture.Same(t, fixture.Codes(t, s, user), set)
	}},
	{"codes go with their user only", func(t *testing.T, s store.Store) {
		user, set := userWithCodes(t, s)
		if err := fixture.Commit(t, s, domain.Change{TenantID: user.TenantID, Codes: &domain.RecoveryCodeSet{}}); err == nil {
			t.Error("codes were removed without their user")
		}
		fixture.Same(t, fixture.Codes(t, s, user), set)
	}},
	{"an erased ciphertext stays erased", func(t *testing.T, s store.Store) {
		user, read := userWithCodes(t, s)
		fixture.Must(t, s, domain.Change{TenantID: user.TenantID, EraseSealedCodes: true})
		read.Codes[0].Sealed, read.Codes[0].SpentAt = nil, fixture.Noon
		fixture.Must(t, s, withCodes(user, read))
		stored := fixture.Codes(t, s, user)
		if n := fixture.Sealed(stored); n != 0 {
			t.Errorf("%d erased ciphertexts came back", n)
		}
		if stored.Codes[0].SpentAt.IsZero() {
			t.Error("the code is not spent")
		}
	}},
	{"a new set has ciphertexts again", func(t *testing.T, s store.Store) {
		user, _ := userWithCodes(t, s)
		fixture.Must(t, s, domain.Change{TenantID: user.TenantID, EraseSealedCodes: true})
		set := fixture.NewCodes(user, fixture.Noon.Add(time.Microsecond))
		fixture.Must(t, s, withCodes(user, set))
		fixture.Same(t, fixture.Codes(t, s, user), set)
	}},
}

func userWithCodes(t *testing.T, s store.Store) (domain.User, domain.RecoveryCodeSet) {
	t.Helper()
	user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
	set := fixture.NewCodes(user, fixture.Noon)
	fixture.Must(t, s, withCodes(user, set))
	return fixture.Load(t, s, user), set
}

func withCodes(u domain.User, set domain.RecoveryCodeSet) domain.Change {
	return domain.Change{TenantID: u.TenantID, User: &u, Codes: &set}
}

var custodyContracts = []contract{
	{"guards a change until it has become another", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		user := fixture.NewUser(tenant.ID, "u")
		guarded := fixture.Save(user)
		guarded.Custody = domain.CustodyHashOnly
		fixture.WantErr(t, fixture.Commit(t, s, guarded), domain.ErrConflict)
		_, err := s.User(t.Context(), user.TenantID, user.ID)
		fixture.WantErr(t, err, domain.ErrNotFound)
		guarded.Custody = domain.CustodyViewable
		fixture.Must(t, s, guarded)
	}},
	{"an unknown tenant has none", func(t *testing.T, s store.Store) {
		fixture.WantErr(t, fixture.Commit(t, s, domain.Change{TenantID: "ghost", Custody: domain.CustodyViewable}), domain.ErrConflict)
	}},
	{"no ciphertext is left when hash_only races with new sets", erasureRace},
}

// erasureRace lets users get viewable codes while the tenant chooses
// hash_only. Whoever is first, none may be viewable afterwards.
func erasureRace(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	users := make([]domain.User, 16)
	for i := range users {
		users[i] = fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, string(rune('a'+i))))
	}
	strict := tenant
	strict.Policy.Custody = domain.CustodyHashOnly
	atOnce(len(users)+1, func(i int) {
		if i == len(users) {
			fixture.NoError(t, fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, Tenant: &strict, EraseSealedCodes: true}))
			return
		}
		user := users[i]
		change := withCodes(user, fixture.NewCodes(user, fixture.Noon))
		change.Custody = domain.CustodyViewable
		if err := fixture.Commit(t, s, change); err != nil {
			wantConflict(t, err)
		}
	})
	for _, user := range users {
		if n := fixture.Sealed(fixture.Codes(t, s, user)); n != 0 {
			t.Errorf("user %s: %d ciphertexts under hash_only", user.ID, n)
		}
	}
}
