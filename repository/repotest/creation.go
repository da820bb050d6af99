package repotest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var creationContracts = []contract{
	{"many new users are stored as they are, each with the events", func(t *testing.T, s store.Store) {
		changes := creations(fixture.NewTenant(t, s).ID, 0, 60)
		fixture.Must(t, s, changes...)
		for _, c := range changes {
			want := *c.User
			want.Version = 1
			fixture.Same(t, fixture.Load(t, s, want), want)
		}
		fixture.Same(t, len(fixture.Trail(t, s, changes[0].TenantID)), 120)
	}},
	{"who exists by then is a conflict, and in nobody's way", existingAmongNew},
	{"of many that create the same users at once, each is created once", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		tries := make([][]error, 4)
		atOnce(len(tries), func(i int) {
			changes := creations(tenant.ID, 0, 40)
			if i%2 == 1 {
				slices.Reverse(changes)
			}
			tries[i] = s.Commit(t.Context(), changes)
			if i%2 == 1 {
				slices.Reverse(tries[i])
			}
		})
		for n := range 40 {
			created := 0
			for _, errs := range tries {
				if errs[n] == nil {
					created++
					continue
				}
				fixture.WantErr(t, errs[n], domain.ErrConflict)
			}
			fixture.Same(t, created, 1)
		}
		fixture.Same(t, len(fixture.Trail(t, s, tenant.ID)), 80)
	}},
	{"new and known users go together with what else a batch holds", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		fixture.Must(t, s, creations(tenant.ID, 0, 20)...)
		changes := creations(tenant.ID, 20, 60)
		for n := range 20 {
			known := fixture.Load(t, s, domain.User{TenantID: tenant.ID, ID: fmt.Sprintf("u%04d", n)})
			known.Username = "renamed"
			changes = append(changes, fixture.Save(known))
		}
		set := fixture.NewCodes(*changes[0].User, fixture.Noon)
		changes[0].Codes = &set
		fixture.Must(t, s, append(changes, spend(tenant.ID, "token"))...)
		fixture.Same(t, len(listed(t, s, tenant.ID, domain.UserFilter{Prefix: "renamed"})), 20)
		fixture.Same(t, len(listed(t, s, tenant.ID, domain.UserFilter{})), 60)
		fixture.Same(t, len(fixture.Codes(t, s, *changes[0].User).Codes), 8)
		isSpent(t, s, tenant.ID, "token", true)
	}},
	{"one that cannot be stored fails itself alone", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		changes := creations(tenant.ID, 0, 50)
		changes[7].Events[1].ID = changes[7].Events[0].ID
		for n, err := range s.Commit(t.Context(), changes) {
			if (err != nil) != (n == 7) {
				t.Errorf("change %d: %v", n, err)
			}
		}
		fixture.Same(t, len(listed(t, s, tenant.ID, domain.UserFilter{})), 49)
		fixture.Same(t, len(fixture.Trail(t, s, tenant.ID)), 98)
	}},
}

// creations create the users from one number to before another, no two of whom
// are alike.
func creations(tenantID string, from, to int) []domain.Change {
	roles := []domain.Role{domain.RoleMember, domain.RoleUserManager, domain.RoleAdmin, domain.RoleOwner}
	sources := []domain.AuthSource{domain.AuthLocal, domain.AuthLDAP, domain.AuthSAML}
	var changes []domain.Change
	for n := from; n < to; n++ {
		user := fixture.NewUser(tenantID, fmt.Sprintf("u%04d", n))
		user.Profile = domain.Profile{
			Username: fmt.Sprintf(`Name "%d", {NULL} \ Ä`, n), DisplayName: []string{"", "Ünïcode 😀", "'; --"}[n%3],
			AuthSource: sources[n%3], Role: roles[n%4], Active: n%2 == 0,
		}
		if n%5 == 0 {
			user = fixture.WithFactor(user)
		}
		user.CreatedAt = fixture.Noon.Add(time.Duration(n) * time.Second)
		user.UpdatedAt = user.CreatedAt.Add(time.Microsecond)
		change := fixture.Save(user)
		change.Events = []domain.Event{fixture.NewEvent(tenantID, user.ID), fixture.NewEvent(tenantID, user.ID)}
		change.Events[0].Details = map[string]string{"n": fmt.Sprint(n)}
		changes = append(changes, change)
	}
	return changes
}

func existingAmongNew(t *testing.T, s store.Store) {
	tenant, other := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	fixture.Must(t, s, creations(other.ID, 0, 40)...)
	fixture.Must(t, s, creations(tenant.ID, 10, 20)...)
	before := fixture.Trail(t, s, tenant.ID)
	changes := creations(tenant.ID, 0, 40)
	for n, err := range s.Commit(t.Context(), changes) {
		var want error
		if n >= 10 && n < 20 {
			want = domain.ErrConflict
		}
		fixture.WantErr(t, err, want)
		if stored := fixture.Load(t, s, *changes[n].User); (stored.Incarnation == changes[n].User.Incarnation) != (want == nil) {
			t.Errorf("user %d: the stored one is another than the error says", n)
		}
	}
	fixture.Same(t, len(fixture.Trail(t, s, tenant.ID))-len(before), 2*30)
	fixture.Same(t, len(listed(t, s, other.ID, domain.UserFilter{})), 40)
}
