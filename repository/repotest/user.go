package repotest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var userContracts = []contract{
	{"an unknown user is not found", func(t *testing.T, s store.Store) {
		_, err := s.User(t.Context(), newTenant(t, s).ID, "nobody")
		wantErr(t, err, domain.ErrNotFound)
	}},
	{"comes back as it was stored", func(t *testing.T, s store.Store) {
		user := fullUser(newTenant(t, s).ID)
		must(t, s, save(user))
		user.Version = 1
		stored := load(t, s, user)
		same(t, stored, user)
		inUTC(t, allTimes(stored)...)
	}},
	{"a factor without a type is totp", func(t *testing.T, s store.Store) {
		user := fullUser(newTenant(t, s).ID)
		want := fullUser(user.TenantID).Factors
		for i := range user.Factors {
			user.Factors[i].Type = ""
		}
		same(t, storedUser(t, s, user).Factors, want)
	}},
	{"the part of an unknown kind survives a commit", func(t *testing.T, s store.Store) {
		user := fullUser(newTenant(t, s).ID)
		user.Factors[0] = domain.Factor{
			ID: "fct_3", Type: "badge", Name: "key", State: domain.FactorActive, CreatedAt: user.CreatedAt,
			Unknown: []byte(`{"z":1.50,"a":["\u003cé\u003e\\",18446744073709551615],"z":null}`),
		}
		stored := storedUser(t, s, user)
		same(t, stored.Factors, user.Factors)
		stored.Factors[0].Name = "renamed"
		must(t, s, save(stored))
		user.Factors[0].Name = "renamed"
		same(t, load(t, s, stored).Factors, user.Factors)
	}},
	{"a passkey comes back as it was", func(t *testing.T, s store.Store) {
		user := fullUser(newTenant(t, s).ID)
		user.Factors[0] = domain.Factor{
			ID: "fct_3", Type: domain.FactorPasskey, Name: "key", State: domain.FactorActive, CreatedAt: user.CreatedAt,
			Passkey: domain.Passkey{
				Record: []byte{0, 1, 255}, SignCount: 1<<32 - 1, LastSequence: 1<<53 + 1, RPID: "acme.example",
				Transports: "internal,hybrid", BackedUp: true,
			},
		}
		same(t, storedUser(t, s, user).Factors, user.Factors)
	}},
	{"comes back without what it lost", func(t *testing.T, s store.Store) {
		full := storedUser(t, s, fullUser(newTenant(t, s).ID))
		bare := domain.User{
			TenantID: full.TenantID, ID: full.ID, Incarnation: full.Incarnation, Version: full.Version,
			Profile:   domain.Profile{AuthSource: domain.AuthLDAP, Role: domain.RoleMember},
			CreatedAt: full.CreatedAt,
		}
		must(t, s, save(bare))
		bare.Version++
		same(t, load(t, s, full), bare)
	}},
	{"keeps times to the microsecond", func(t *testing.T, s store.Store) {
		user := newUser(newTenant(t, s).ID, "u")
		want := noon.Add(time.Second - time.Microsecond)
		user.CreatedAt, user.EnabledAt = want.Add(999), want.Add(999)
		stored := storedUser(t, s, user)
		same(t, []time.Time{stored.CreatedAt, stored.EnabledAt}, []time.Time{want, want})
	}},
	{"keeps every id a host may have", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		for _, id := range oddTexts {
			user := newUser(tenant.ID, id)
			user.DisplayName = id
			stored := storedUser(t, s, user)
			user.Version = 1
			same(t, stored, user)
		}
	}},
	{"is created once", func(t *testing.T, s store.Store) {
		user := storedUser(t, s, newUser(newTenant(t, s).ID, "u"))
		again := newUser(user.TenantID, user.ID)
		again.Username = "another"
		wantErr(t, commit(t, s, save(again)), domain.ErrConflict)
		same(t, load(t, s, user), user)
	}},
	{"changes only as it was read", func(t *testing.T, s store.Store) {
		user := storedUser(t, s, newUser(newTenant(t, s).ID, "u"))
		first, second := user, user
		first.CodeLane.Failures, second.CodeLane.Failures = 1, 2
		must(t, s, save(first))
		wantErr(t, commit(t, s, save(second)), domain.ErrConflict)
		first.Version++
		same(t, load(t, s, user), first)
	}},
	{"a version that is to come does not win", func(t *testing.T, s store.Store) {
		user := storedUser(t, s, newUser(newTenant(t, s).ID, "u"))
		ahead := user
		ahead.Version++
		wantErr(t, commit(t, s, save(ahead)), domain.ErrConflict)
		same(t, load(t, s, user), user)
	}},
	{"is deleted as it was read, with the recovery codes", func(t *testing.T, s store.Store) {
		user := storedUser(t, s, newUser(newTenant(t, s).ID, "u"))
		set := newCodes(user, noon)
		must(t, s, domain.Change{TenantID: user.TenantID, User: &user, Codes: &set})
		stale := domain.Change{TenantID: user.TenantID, User: &user, DeleteUser: true}
		wantErr(t, commit(t, s, stale), domain.ErrConflict)
		if n := len(codes(t, s, user).Codes); n != 8 {
			t.Fatalf("%d codes after a refused deletion, want 8", n)
		}
		user = load(t, s, user)
		must(t, s, domain.Change{TenantID: user.TenantID, User: &user, DeleteUser: true})
		_, err := s.User(t.Context(), user.TenantID, user.ID)
		wantErr(t, err, domain.ErrNotFound)
		if n := len(codes(t, s, user).Codes); n != 0 {
			t.Errorf("%d codes left of a deleted user", n)
		}
	}},
	{"a snapshot does not outlive its user", staleIncarnation},
	{"a hint is of the user who is asked for, and of no state that is to come", hintOfTheUser},
	{"many are found by their keys, each once, and nobody else", manyByKey},
}

func hintOfTheUser(t *testing.T, s store.Store) {
	tenant := newTenant(t, s)
	for _, id := range []string{"a", "b"} {
		storedUser(t, s, newUser(tenant.ID, id))
	}
	user := load(t, s, newUser(tenant.ID, "a"))
	wantErr(t, commit(t, s, save(user)), nil)
	wantErr(t, commit(t, s, save(user)), domain.ErrConflict)
	user = load(t, s, user)
	if hint, ok := s.Hint(tenant.ID, "a"); ok {
		same(t, domain.UserKey{TenantID: hint.TenantID, UserID: hint.ID}, domain.UserKey{TenantID: tenant.ID, UserID: "a"})
		same(t, hint.Incarnation, user.Incarnation)
		same(t, hint.Version <= user.Version, true)
	}
	_, ok := s.Hint(tenant.ID, "nobody")
	same(t, ok, false)
}

func manyByKey(t *testing.T, s store.Store) {
	mine, others := newTenant(t, s), newTenant(t, s)
	var keys []domain.UserKey
	want := map[domain.UserKey]domain.User{}
	for i := range 500 {
		for _, tenant := range []domain.Tenant{mine, others} {
			key := domain.UserKey{TenantID: tenant.ID, UserID: fmt.Sprintf("u%03d", i)}
			keys = append(keys, key)
			if i%100 == 0 && (tenant.ID == mine.ID || i > 0) {
				user := fullUser(key.TenantID)
				user.ID = key.UserID
				want[key] = storedUser(t, s, user)
			}
		}
	}
	for _, id := range oddTexts {
		key := domain.UserKey{TenantID: mine.ID, UserID: id}
		keys = append(keys, key, key)
		want[key] = storedUser(t, s, newUser(mine.ID, id))
	}
	storedUser(t, s, newUser(mine.ID, "not asked for"))
	found, err := s.UsersByKey(t.Context(), keys)
	wantErr(t, err, nil)
	got := map[domain.UserKey]domain.User{}
	for _, user := range found {
		got[domain.UserKey{TenantID: user.TenantID, UserID: user.ID}] = user
	}
	same(t, got, want)
	same(t, len(found), len(want))

	found, err = s.UsersByKey(t.Context(), nil)
	wantErr(t, err, nil)
	same(t, len(found), 0)
}

// oddTexts mean something to SQL, to JSON, to LIKE or to URLs.
var oddTexts = []string{
	"1=1--", "' OR ''='", `"`, `\`, "%", "_", "a/b?c#d", "@tenant", "?", "$1", "{}", "[]", "null",
	"é", "e\u0301", "ß", "Ωmega", "日本語", "👩‍🔧", "\U0010FFFF", " ", "  lead", "trail ", strings.Repeat("ü", 128),
}

func staleIncarnation(t *testing.T, s store.Store) {
	first := storedUser(t, s, newUser(newTenant(t, s).ID, "u"))
	must(t, s, domain.Change{TenantID: first.TenantID, User: &first, DeleteUser: true})
	second := storedUser(t, s, newUser(first.TenantID, first.ID))
	if first.Version != second.Version {
		t.Fatalf("versions %d and %d: this tests nothing", first.Version, second.Version)
	}
	wantErr(t, commit(t, s, save(first)), domain.ErrConflict)
	wantErr(t, commit(t, s, domain.Change{TenantID: first.TenantID, User: &first, DeleteUser: true}), domain.ErrConflict)
	same(t, load(t, s, second), second)
}

func fullUser(tenantID string) domain.User {
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Microsecond) }
	user := newUser(tenantID, "full")
	user.Profile = domain.Profile{
		Username: "Ada", DisplayName: "Ada L.", AuthSource: domain.AuthSAML, Role: domain.RoleOwner, Active: true,
	}
	user.CreatedAt, user.UpdatedAt = at(1), at(2)
	user.SecondFactor = domain.SecondFactor{
		Factors: []domain.Factor{{
			ID: "fct_1", Type: domain.FactorTOTP, Name: "phone", State: domain.FactorActive,
			TOTP: domain.TOTP{
				Secret: []byte{0, 1, 255}, LastStep: 1 << 40, Drift: -3,
				Algorithm: domain.SHA256, Digits: 8, Period: time.Minute,
			},
			CreatedAt: at(3), ConfirmedAt: at(4), LastUsedAt: at(5),
		}, {
			ID: "fct_2", Type: domain.FactorTOTP, State: domain.FactorPending, TOTP: domain.TOTP{Secret: []byte("s")}, CreatedAt: at(6),
			Pending: domain.PendingFactor{ExpiresAt: at(7), Replaces: "fct_1", BegunBy: "key_1", StepUpID: "stp_1"},
		}},
		CodeLane:      domain.Lane{Failures: 6, LockedAt: at(8), LockedFor: time.Minute},
		RecoveryLane:  domain.Lane{Failures: 20, LockedAt: at(9), LockedFor: time.Hour},
		RecoveryCodes: domain.RecoveryCodeCount{Total: 8, Remaining: 7, GeneratedAt: at(10)},
		EnabledAt:     at(11), LastVerifiedAt: at(12), Generation: "g13", EverEnrolled: true, MustEnroll: true, HadPasskey: true, Covered: domain.Reached{Any: at(24), PhishingResistant: at(25)},
		Browsers: []domain.RememberedBrowser{{
			ID: "brw_1", Name: "Laptop", KeyID: "key_1", Series: [16]byte{1}, Token: [16]byte{2}, Previous: [16]byte{3},
			Salt: [16]byte{8}, Retired: []domain.RetiredSecret{{MAC: [16]byte{4}, At: at(13)}}, CreatedAt: at(14), LastUsedAt: at(15), ExpiresAt: at(16),
		}, {ID: "brw_2", Series: [16]byte{5}, Token: [16]byte{6}, CreatedAt: at(17), ExpiresAt: at(18)}},
		AccessPass:           domain.AccessPass{KeyID: "key_1", MAC: [16]byte{7}, CreatedAt: at(19), ExpiresAt: at(20), GivenBy: "root", GiverGeneration: "g7"},
		Exemption:            domain.Exemption{Until: at(21), Reason: "on leave", GrantedBy: "root", GrantedAt: at(22)},
		CredentialsChangedAt: at(23),
	}
	return user
}

func allTimes(u domain.User) []time.Time {
	return []time.Time{
		u.CreatedAt, u.UpdatedAt, u.EnabledAt, u.LastVerifiedAt, u.RecoveryCodes.GeneratedAt,
		u.CodeLane.LockedAt, u.RecoveryLane.LockedAt, u.Factors[0].CreatedAt, u.Factors[0].ConfirmedAt,
		u.Factors[0].LastUsedAt, u.Factors[1].CreatedAt, u.Factors[1].Pending.ExpiresAt,
		u.Browsers[0].Retired[0].At, u.Browsers[0].CreatedAt, u.Browsers[0].LastUsedAt, u.Browsers[0].ExpiresAt,
		u.AccessPass.CreatedAt, u.AccessPass.ExpiresAt, u.Covered.Any, u.Covered.PhishingResistant, u.Exemption.Until, u.Exemption.GrantedAt, u.CredentialsChangedAt,
	}
}
