package repotest

import (
	"testing"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var actorContracts = []contract{
	{"who acts on another is as read when it commits, and stays as stored", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		actor, user := storedUser(t, s, newUser(tenant.ID, "a")), storedUser(t, s, newUser(tenant.ID, "u"))
		must(t, s, by(actor, user))
		same(t, load(t, s, actor), actor)
		must(t, s, domain.Change{TenantID: tenant.ID, Actor: &actor, SpentTokens: spend(tenant.ID, "token").SpentTokens})
	}},
	{"who changed meanwhile acts on nobody", func(t *testing.T, s store.Store) {
		for _, id := range []string{"a", "z"} { // before and after the user
			tenant := newTenant(t, s)
			actor, user := storedUser(t, s, newUser(tenant.ID, id)), storedUser(t, s, newUser(tenant.ID, "m"))
			must(t, s, save(actor))
			wantConflict(t, commit(t, s, by(actor, user)))
			same(t, load(t, s, user), user)
		}
	}},
	{"who changed meanwhile leaves no event of having acted", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		actor := storedUser(t, s, newUser(tenant.ID, "a"))
		must(t, s, save(actor))
		act := domain.Change{TenantID: tenant.ID, Actor: &actor, Events: []domain.Event{newEvent(tenant.ID, "u")}}
		wantConflict(t, commit(t, s, act))
		same(t, len(trail(t, s, tenant.ID)), 0)
	}},
	{"who was created anew acts on nobody by what the last one could", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		actor, user := storedUser(t, s, newUser(tenant.ID, "a")), storedUser(t, s, newUser(tenant.ID, "u"))
		must(t, s, domain.Change{TenantID: tenant.ID, User: &actor, DeleteUser: true})
		storedUser(t, s, newUser(tenant.ID, "a"))
		wantConflict(t, commit(t, s, by(actor, user)))
	}},
	{"of two who act on each other one comes first", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		ids := []string{"a", "b"}
		for _, id := range ids {
			must(t, s, save(newUser(tenant.ID, id)))
		}
		for range 8 {
			var read [2]domain.User
			for i, id := range ids {
				read[i] = load(t, s, domain.User{TenantID: tenant.ID, ID: id})
			}
			exactlyOne(t, 2, domain.ErrConflict, func(i int) error { return commit(t, s, by(read[i], read[1-i])) })
		}
	}},
}

// by is a change of the user that rests on the actor.
func by(actor, user domain.User) domain.Change {
	c := save(user)
	c.Actor = &actor
	return c
}
