package repotest

import (
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var recoveryCodeContracts = []contract{
	{"nobody's set is empty", func(t *testing.T, s store.Store) {
		user := newUser(newTenant(t, s).ID, "u")
		same(t, codes(t, s, user), domain.RecoveryCodeSet{TenantID: user.TenantID, UserID: user.ID})
	}},
	{"comes back as it was stored", func(t *testing.T, s store.Store) {
		user, set := userWithCodes(t, s)
		set.Codes[3].Sealed, set.Codes[3].SpentAt = nil, noon.Add(time.Minute)
		must(t, s, withCodes(user, set))
		stored := codes(t, s, user)
		same(t, stored, set)
		inUTC(t, stored.GeneratedAt, stored.Codes[3].SpentAt)
	}},
	{"comes back without ciphertexts where none are kept", func(t *testing.T, s store.Store) {
		user := storedUser(t, s, newUser(newTenant(t, s).ID, "u"))
		set := newCodes(user, noon)
		for i := range set.Codes {
			set.Codes[i].Sealed = nil
		}
		must(t, s, withCodes(user, set))
		same(t, codes(t, s, user), set)
	}},
	{"an empty set removes the codes", func(t *testing.T, s store.Store) {
		user, set := userWithCodes(t, s)
		set.Codes = nil
		must(t, s, withCodes(user, set))
		same(t, codes(t, s, user), domain.RecoveryCodeSet{TenantID: user.TenantID, UserID: user.ID})
	}},
	{"a stale user writes no codes", func(t *testing.T, s store.Store) {
		user, set := userWithCodes(t, s)
		user.Version--
		wantErr(t, commit(t, s, withCodes(user, newCodes(user, noon.Add(time.Hour)))), domain.ErrConflict)
		same(t, codes(t, s, user), set)
	}},
	{"codes go with their user only", func(t *testing.T, s store.Store) {
		user, set := userWithCodes(t, s)
		if err := commit(t, s, domain.Change{TenantID: user.TenantID, Codes: &domain.RecoveryCodeSet{}}); err == nil {
			t.Error("codes were removed without their user")
		}
		same(t, codes(t, s, user), set)
	}},
	{"an erased ciphertext stays erased", func(t *testing.T, s store.Store) {
		user, read := userWithCodes(t, s)
		must(t, s, domain.Change{TenantID: user.TenantID, EraseSealedCodes: true})
		read.Codes[0].Sealed, read.Codes[0].SpentAt = nil, noon
		must(t, s, withCodes(user, read))
		stored := codes(t, s, user)
		if n := sealed(stored); n != 0 {
			t.Errorf("%d erased ciphertexts came back", n)
		}
		if stored.Codes[0].SpentAt.IsZero() {
			t.Error("the code is not spent")
		}
	}},
	{"a new set has ciphertexts again", func(t *testing.T, s store.Store) {
		user, _ := userWithCodes(t, s)
		must(t, s, domain.Change{TenantID: user.TenantID, EraseSealedCodes: true})
		set := newCodes(user, noon.Add(time.Microsecond))
		must(t, s, withCodes(user, set))
		same(t, codes(t, s, user), set)
	}},
}

func userWithCodes(t *testing.T, s store.Store) (domain.User, domain.RecoveryCodeSet) {
	t.Helper()
	user := storedUser(t, s, newUser(newTenant(t, s).ID, "u"))
	set := newCodes(user, noon)
	must(t, s, withCodes(user, set))
	return load(t, s, user), set
}

func withCodes(u domain.User, set domain.RecoveryCodeSet) domain.Change {
	return domain.Change{TenantID: u.TenantID, User: &u, Codes: &set}
}

var custodyContracts = []contract{
	{"guards a change until it has become another", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		user := newUser(tenant.ID, "u")
		guarded := save(user)
		guarded.Custody = domain.CustodyHashOnly
		wantErr(t, commit(t, s, guarded), domain.ErrConflict)
		_, err := s.User(t.Context(), user.TenantID, user.ID)
		wantErr(t, err, domain.ErrNotFound)
		guarded.Custody = domain.CustodyViewable
		must(t, s, guarded)
	}},
	{"an unknown tenant has none", func(t *testing.T, s store.Store) {
		wantErr(t, commit(t, s, domain.Change{TenantID: "ghost", Custody: domain.CustodyViewable}), domain.ErrConflict)
	}},
	{"no ciphertext is left when hash_only races with new sets", erasureRace},
}

// erasureRace lets users get viewable codes while the tenant chooses
// hash_only. Whoever is first, none may be viewable afterwards.
func erasureRace(t *testing.T, s store.Store) {
	tenant := newTenant(t, s)
	users := make([]domain.User, 16)
	for i := range users {
		users[i] = storedUser(t, s, newUser(tenant.ID, string(rune('a'+i))))
	}
	strict := tenant
	strict.Policy.Custody = domain.CustodyHashOnly
	atOnce(len(users)+1, func(i int) {
		if i == len(users) {
			must0(t, commit(t, s, domain.Change{TenantID: tenant.ID, Tenant: &strict, EraseSealedCodes: true}))
			return
		}
		user := users[i]
		change := withCodes(user, newCodes(user, noon))
		change.Custody = domain.CustodyViewable
		if err := commit(t, s, change); err != nil {
			wantConflict(t, err)
		}
	})
	for _, user := range users {
		if n := sealed(codes(t, s, user)); n != 0 {
			t.Errorf("user %s: %d ciphertexts under hash_only", user.ID, n)
		}
	}
}
