package repotest

import (
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var isolationContracts = []contract{
	{"the same ids in two tenants never meet", sameIDsTwice},
	{"tenants are listed by id", func(t *testing.T, s store.Store) {
		first, second := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
		all, err := s.Tenants(t.Context())
		fixture.WantErr(t, err, nil)
		found := map[string]domain.Tenant{}
		for i, tenant := range all {
			found[tenant.ID] = tenant
			if i > 0 && all[i-1].ID >= tenant.ID {
				t.Errorf("%s comes before %s", all[i-1].ID, tenant.ID)
			}
		}
		fixture.Same(t, found[first.ID], first)
		fixture.Same(t, found[second.ID], second)
	}},
}

// sameIDsTwice gives two tenants rows of the same ids, changes everything of
// the one and finds the other as it was.
func sameIDsTwice(t *testing.T, s store.Store) {
	one, two := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	id := fixture.NewEventID()
	for _, tenant := range []domain.Tenant{one, two} {
		user := fixture.WithFactor(fixture.NewUser(tenant.ID, "u"))
		user.Role = domain.RoleAdmin
		key := newServiceKey(tenant.ID, "key_1", fixture.Noon)
		change := everything(user, "token", "answer")
		change.ServiceKey = &key
		change.Events = change.Events[:1]
		change.Events[0].ID = id
		fixture.Must(t, s, change)
	}
	before := everythingOf(t, s, two.ID)

	user := fixture.Load(t, s, fixture.NewUser(one.ID, "u"))
	strict := one
	strict.Policy.Custody = domain.CustodyHashOnly
	key := newServiceKey(one.ID, "key_1", fixture.Noon)
	key.RevokedAt = fixture.Noon
	fixture.Must(t, s, domain.Change{TenantID: one.ID, Tenant: &strict, EraseSealedCodes: true, ServiceKey: &key})
	fixture.Must(t, s, domain.Change{TenantID: one.ID, User: &user, DeleteUser: true})
	fixture.Must(t, s, remember(fixture.NewUser(one.ID, "u"), newAnswer("answer", fixture.Noon.Add(time.Hour))))

	fixture.Same(t, everythingOf(t, s, two.ID), before)
	// Nor does a row of the one serve the other.
	third := fixture.NewTenant(t, s)
	_, err := s.User(t.Context(), third.ID, "u")
	fixture.WantErr(t, err, domain.ErrNotFound)
	users, err := s.UsersByKey(t.Context(), []domain.UserKey{{TenantID: third.ID, UserID: "u"}})
	fixture.WantErr(t, err, nil)
	fixture.Same(t, len(users), 0)
	_, err = s.ServiceKey(t.Context(), third.ID, key.Hash[:])
	fixture.WantErr(t, err, domain.ErrNotFound)
	_, err = answerAt(t.Context(), s, third.ID, "answer", fixture.Noon)
	fixture.WantErr(t, err, domain.ErrNotFound)
	_, known := s.Hint(third.ID, "u")
	fixture.Same(t, known, false)
	isSpent(t, s, third.ID, "token", false)
	fixture.Same(t, listed(t, s, third.ID, domain.UserFilter{Prefix: "u"}), []string{})
	fixture.Same(t, fixture.Trail(t, s, third.ID), []domain.Event{})
}

type belongings struct {
	Tenant    domain.Tenant
	Keys      []domain.ServiceKey
	Users     []domain.User
	Headcount domain.Headcount
	Codes     domain.RecoveryCodeSet
	Answer    domain.Answer
	Spent     bool
	Events    []domain.Event
}

func everythingOf(t *testing.T, s store.Store, tenantID string) (b belongings) {
	t.Helper()
	var errs [8]error
	ctx := t.Context()
	b.Tenant, errs[0] = s.Tenant(ctx, tenantID)
	b.Keys, errs[1] = s.ServiceKeys(ctx, tenantID)
	b.Users, errs[2] = s.Users(ctx, tenantID, domain.UserFilter{})
	b.Headcount, errs[3] = s.Headcount(ctx, tenantID, fixture.Noon)
	b.Codes, errs[4] = s.RecoveryCodes(ctx, tenantID, "u")
	b.Answer, errs[5] = answerAt(ctx, s, tenantID, "answer", fixture.Noon)
	b.Spent, errs[6] = s.TokenSpent(ctx, tenantID, "token")
	page, err := s.Events(ctx, tenantID, domain.EventFilter{})
	b.Events, errs[7] = page.Events, err
	for _, err := range errs {
		fixture.WantErr(t, err, nil)
	}
	if len(b.Users) != 1 || len(b.Keys) != 1 || len(b.Codes.Codes) != 8 || len(b.Events) != 1 || !b.Spent {
		t.Fatalf("the fixture is not complete: %+v", b)
	}
	return b
}
