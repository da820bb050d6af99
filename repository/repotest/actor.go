package repotest

import (
	"testing"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var actorContracts = []contract{
	{"who acts on another is as read when it commits, and stays as stored", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		actor, user := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "a")), fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "u"))
		fixture.Must(t, s, by(actor, user))
		fixture.Same(t, fixture.Load(t, s, actor), actor)
		fixture.Must(t, s, domain.Change{TenantID: tenant.ID, Actor: &actor, SpentTokens: spend(tenant.ID, "token").SpentTokens})
	}},
	{"who changed meanwhile acts on nobody", func(t *testing.T, s store.Store) {
		for _, id := range []string{"a", "z"} { // before and after the user
			tenant := fixture.NewTenant(t, s)
			actor, user := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, id)), fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "m"))
			fixture.Must(t, s, fixture.Save(actor))
			wantConflict(t, fixture.Commit(t, s, by(actor, user)))
			fixture.Same(t, fixture.Load(t, s, user), user)
		}
	}},
	{"who changed meanwhile leaves no event of having acted", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		actor := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "a"))
		fixture.Must(t, s, fixture.Save(actor))
		act := domain.Change{TenantID: tenant.ID, Actor: &actor, Events: []domain.Event{fixture.NewEvent(tenant.ID, "u")}}
		wantConflict(t, fixture.Commit(t, s, act))
		fixture.Same(t, len(fixture.Trail(t, s, tenant.ID)), 0)
	}},
	{"who was created anew acts on nobody by what the last one could", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		actor, user := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "a")), fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "u"))
		fixture.Must(t, s, domain.Change{TenantID: tenant.ID, User: &actor, DeleteUser: true})
		fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "a"))
		wantConflict(t, fixture.Commit(t, s, by(actor, user)))
	}},
	{"of two who act on each other one comes first", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		ids := []string{"a", "b"}
		for _, id := range ids {
			fixture.Must(t, s, fixture.Save(fixture.NewUser(tenant.ID, id)))
		}
		for range 8 {
			var read [2]domain.User
			for i, id := range ids {
				read[i] = fixture.Load(t, s, domain.User{TenantID: tenant.ID, ID: id})
			}
			exactlyOne(t, 2, domain.ErrConflict, func(i int) error { return fixture.Commit(t, s, by(read[i], read[1-i])) })
		}
	}},
}

// by is a change of the user that rests on the actor.
func by(actor, user domain.User) domain.Change {
	c := fixture.Save(user)
	c.Actor = &actor
	return c
}
