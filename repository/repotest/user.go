package repotest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var userContracts = []contract{
	{"an unknown user is not found", func(t *testing.T, s store.Store) {
		_, err := s.User(t.Context(), fixture.NewTenant(t, s).ID, "nobody")
		fixture.WantErr(t, err, domain.ErrNotFound)
	}},
	{"comes back as it was stored", func(t *testing.T, s store.Store) {
		user := fullUser(fixture.NewTenant(t, s).ID)
		fixture.Must(t, s, fixture.Save(user))
		user.Version = 1
		stored := fixture.Load(t, s, user)
		fixture.Same(t, stored, user)
		fixture.InUTC(t, allTimes(stored)...)
	}},
	{"a factor without a type is totp", func(t *testing.T, s store.Store) {
		user := fullUser(fixture.NewTenant(t, s).ID)
		want := fullUser(user.TenantID).Factors
		for i := range user.Factors {
			user.Factors[i].Type = ""
		}
		fixture.Same(t, fixture.StoredUser(t, s, user).Factors, want)
	}},
	{"the part of an unknown kind survives a commit", func(t *testing.T, s store.Store) {
		user := fullUser(fixture.NewTenant(t, s).ID)
		user.Factors[0] = domain.Factor{
			ID: "fct_3", Type: "badge", Name: "key", State: domain.FactorActive, CreatedAt: user.CreatedAt,
			Unknown: []byte(`{"z":1.50,"a":["\u003cé\u003e\\",18446744073709551615],"z":null}`),
		}
		stored := fixture.StoredUser(t, s, user)
		fixture.Same(t, stored.Factors, user.Factors)
		stored.Factors[0].Name = "renamed"
		fixture.Must(t, s, fixture.Save(stored))
		user.Factors[0].Name = "renamed"
		fixture.Same(t, fixture.Load(t, s, stored).Factors, user.Factors)
	}},
	{"a passkey comes back as it was", func(t *testing.T, s store.Store) {
		user := fullUser(fixture.NewTenant(t, s).ID)
		user.Factors[0] = domain.Factor{
			ID: "fct_3", Type: domain.FactorPasskey, Name: "key", State: domain.FactorActive, CreatedAt: user.CreatedAt,
			Passkey: domain.Passkey{
				Record: []byte{0, 1, 255}, SignCount: 1<<32 - 1, LastSequence: 1<<53 + 1, RPID: "acme.example",
				Transports: "internal,hybrid", BackedUp: true,
			},
		}
		fixture.Same(t, fixture.StoredUser(t, s, user).Factors, user.Factors)
	}},
	{"comes back without what it lost", func(t *testing.T, s store.Store) {
		full := fixture.StoredUser(t, s, fullUser(fixture.NewTenant(t, s).ID))
		bare := domain.User{
			TenantID: full.TenantID, ID: full.ID, Incarnation: full.Incarnation, Version: full.Version,
			Profile:   domain.Profile{AuthSource: domain.AuthLDAP, Role: domain.RoleMember},
			CreatedAt: full.CreatedAt,
		}
		fixture.Must(t, s, fixture.Save(bare))
		bare.Version++
		fixture.Same(t, fixture.Load(t, s, full), bare)
	}},
	{"keeps times to the microsecond", func(t *testing.T, s store.Store) {
		user := fixture.NewUser(fixture.NewTenant(t, s).ID, "u")
		want := fixture.Noon.Add(time.Second - time.Microsecond)
		user.CreatedAt, user.EnabledAt = want.Add(999), want.Add(999)
		stored := fixture.StoredUser(t, s, user)
		fixture.Same(t, []time.Time{stored.CreatedAt, stored.EnabledAt}, []time.Time{want, want})
	}},
	{"keeps every id a host may have", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		for _, id := range oddTexts {
			user := fixture.NewUser(tenant.ID, id)
			user.DisplayName = id
			stored := fixture.StoredUser(t, s, user)
			user.Version = 1
			fixture.Same(t, stored, user)
		}
	}},
	{"is created once", func(t *testing.T, s store.Store) {
		user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
		again := fixture.NewUser(user.TenantID, user.ID)
		again.Username = "another"
		fixture.WantErr(t, fixture.Commit(t, s, fixture.Save(again)), domain.ErrConflict)
		fixture.Same(t, fixture.Load(t, s, user), user)
	}},
	{"changes only as it was read", func(t *testing.T, s store.Store) {
		user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
		first, second := user, user
		first.CodeLane.Failures, second.CodeLane.Failures = 1, 2
		fixture.Must(t, s, fixture.Save(first))
		fixture.WantErr(t, fixture.Commit(t, s, fixture.Save(second)), domain.ErrConflict)
		first.Version++
		fixture.Same(t, fixture.Load(t, s, user), first)
	}},
	{"a version that is to come does not win", func(t *testing.T, s store.Store) {
		user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
		ahead := user
		ahead.Version++
		fixture.WantErr(t, fixture.Commit(t, s, fixture.Save(ahead)), domain.ErrConflict)
		fixture.Same(t, fixture.Load(t, s, user), user)
	}},
	{"is deleted as it was read, with the recovery codes", func(t *testing.T, s store.Store) {
		user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
		set := fixture.NewCodes(user, fixture.Noon)
		fixture.Must(t, s, domain.Change{TenantID: user.TenantID, User: &user, Codes: &set})
		stale := domain.Change{TenantID: user.TenantID, User: &user, DeleteUser: true}
		fixture.WantErr(t, fixture.Commit(t, s, stale), domain.ErrConflict)
		if n := len(fixture.Codes(t, s, user).Codes); n != 8 {
			t.Fatalf("%d codes after a refused deletion, want 8", n)
		}
		user = fixture.Load(t, s, user)
		fixture.Must(t, s, domain.Change{TenantID: user.TenantID, User: &user, DeleteUser: true})
		_, err := s.User(t.Context(), user.TenantID, user.ID)
		fixture.WantErr(t, err, domain.ErrNotFound)
		if n := len(fixture.Codes(t, s, user).Codes); n != 0 {
			t.Errorf("%d codes left of a deleted user", n)
		}
	}},
	{"a snapshot does not outlive its user", staleIncarnation},
	{"a hint is of the user who is asked for, and of no state that is to come", hintOfTheUser},
	{"many are found by their keys, each once, and nobody else", manyByKey},
}

func hintOfTheUser(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	for _, id := range []string{"a", "b"} {
		fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, id))
	}
	user := fixture.Load(t, s, fixture.NewUser(tenant.ID, "a"))
	fixture.WantErr(t, fixture.Commit(t, s, fixture.Save(user)), nil)
	fixture.WantErr(t, fixture.Commit(t, s, fixture.Save(user)), domain.ErrConflict)
	user = fixture.Load(t, s, user)
	if hint, ok := s.Hint(tenant.ID, "a"); ok {
		fixture.Same(t, domain.UserKey{TenantID: hint.TenantID, UserID: hint.ID}, domain.UserKey{TenantID: tenant.ID, UserID: "a"})
		fixture.Same(t, hint.Incarnation, user.Incarnation)
		fixture.Same(t, hint.Version <= user.Version, true)
	}
	_, ok := s.Hint(tenant.ID, "nobody")
	fixture.Same(t, ok, false)
}

func manyByKey(t *testing.T, s store.Store) {
	mine, others := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	var keys []domain.UserKey
	want := map[domain.UserKey]domain.User{}
	for i := range 500 {
		for _, tenant := range []domain.Tenant{mine, others} {
			key := domain.UserKey{TenantID: tenant.ID, UserID: fmt.Sprintf("u%03d", i)}
			keys = append(keys, key)
			if i%100 == 0 && (tenant.ID == mine.ID || i > 0) {
				user := fullUser(key.TenantID)
				user.ID = key.UserID
				want[key] = fixture.StoredUser(t, s, user)
			}
		}
	}
	for _, id := range oddTexts {
		key := domain.UserKey{TenantID: mine.ID, UserID: id}
		keys = append(keys, key, key)
		want[key] = fixture.StoredUser(t, s, fixture.NewUser(mine.ID, id))
	}
	fixture.StoredUser(t, s, fixture.NewUser(mine.ID, "not asked for"))
	found, err := s.UsersByKey(t.Context(), keys)
	fixture.WantErr(t, err, nil)
	got := map[domain.UserKey]domain.User{}
	for _, user := range found {
		got[domain.UserKey{TenantID: user.TenantID, UserID: user.ID}] = user
	}
	fixture.Same(t, got, want)
	fixture.Same(t, len(found), len(want))

	found, err = s.UsersByKey(t.Context(), nil)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, len(found), 0)
}

// oddTexts mean something to SQL, to JSON, to LIKE or to URLs.
var oddTexts = []string{
	"1=1--", "' OR ''='", `"`, `\`, "%", "_", "a/b?c#d", "@tenant", "?", "$1", "{}", "[]", "null",
	"é", "e\u0301", "ß", "Ωmega", "日本語", "👩‍🔧", "\U0010FFFF", " ", "  lead", "trail ", strings.Repeat("ü", 128),
}

func staleIncarnation(t *testing.T, s store.Store) {
	first := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
	fixture.Must(t, s, domain.Change{TenantID: first.TenantID, User: &first, DeleteUser: true})
	second := fixture.StoredUser(t, s, fixture.NewUser(first.TenantID, first.ID))
	if first.Version != second.Version {
		t.Fatalf("versions %d and %d: this tests nothing", first.Version, second.Version)
	}
	fixture.WantErr(t, fixture.Commit(t, s, fixture.Save(first)), domain.ErrConflict)
	fixture.WantErr(t, fixture.Commit(t, s, domain.Change{TenantID: first.TenantID, User: &first, DeleteUser: true}), domain.ErrConflict)
	fixture.Same(t, fixture.Load(t, s, second), second)
}

func fullUser(tenantID string) domain.User {
	at := func(n int) time.Time { return fixture.Noon.Add(time.Duration(n) * time.Microsecond) }
	user := fixture.NewUser(tenantID, "full")
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
