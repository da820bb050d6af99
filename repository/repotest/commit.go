package repotest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var commitContracts = []contract{
	{"nothing to do is done", func(t *testing.T, s store.Store) {
		if errs := s.Commit(t.Context(), nil); len(errs) != 0 {
			t.Errorf("%d errors for no change", len(errs))
		}
	}},
	{"a change that fails leaves no trace", noTrace},
	{"one that fails in a batch fails itself alone", failsAlone},
	{"a batch may mix what it changes and whose", mixedBatch},
	{"a batch tells the tenants' rows of one id apart", oneIDTwice},
	{"what a batch holds twice is decided once", heldTwice},
	{"a whole batch may be refused", func(t *testing.T, s store.Store) {
		user := storedUser(t, s, newUser(newTenant(t, s).ID, "u"))
		must(t, s, save(user))
		errs := s.Commit(t.Context(), []domain.Change{save(user), spend(user.TenantID, "a", "a")})
		wantErr(t, errs[0], domain.ErrConflict)
		wantErr(t, errs[1], domain.ErrTokenSpent)
	}},
	{"whose caller has gone does not hold", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for n := 1; n <= 2; n++ {
			changes := []domain.Change{save(newUser(tenant.ID, "a")), save(newUser(tenant.ID, "b"))}[:n]
			for i, err := range s.Commit(gone, changes) {
				wantErr(t, err, context.Canceled)
				_, err := s.User(t.Context(), tenant.ID, changes[i].User.ID)
				wantErr(t, err, domain.ErrNotFound)
			}
		}
	}},
	{"of one tenant does not write to another", foreignParts},
}

// everything is a change with all that a change of a user can hold.
func everything(u domain.User, token, answer string) domain.Change {
	u.LastVerifiedAt = noon.Add(time.Minute)
	set := newCodes(u, noon)
	answered := newAnswer(answer, noon)
	return domain.Change{
		TenantID: u.TenantID, User: &u, Codes: &set, SpentTokens: []domain.SpentToken{{ID: token, ExpiresAt: noon}},
		Answer: &answered, Events: []domain.Event{newEvent(u.TenantID, u.ID), newEvent(u.TenantID, u.ID)},
	}
}

// noTrace fails a change at each place in turn, by itself and in a batch.
func noTrace(t *testing.T, s store.Store) {
	for _, c := range []struct {
		name  string
		spoil func(*domain.Change)
		want  error // nil: any
	}{
		{"stale", func(c *domain.Change) { c.User.Version-- }, domain.ErrConflict},
		{"reincarnated", func(c *domain.Change) { c.User.Incarnation++ }, domain.ErrConflict},
		{"custody", func(c *domain.Change) { c.Custody = domain.CustodyHashOnly }, domain.ErrConflict},
		{"token", func(c *domain.Change) { c.SpentTokens[0].ID = "spent" }, domain.ErrTokenSpent},
		{"answer", func(c *domain.Change) { c.Answer.Key = "taken" }, domain.ErrConflict},
		{"event", func(c *domain.Change) { c.Events[1].ID = c.Events[0].ID }, nil},
		{"tenant", func(c *domain.Change) { c.Tenant = &domain.Tenant{ID: c.TenantID, Version: 9} }, domain.ErrConflict},
		{"tenant exists", func(c *domain.Change) {
			tenant := tenantNamed(c.TenantID)
			c.Tenant = &tenant
		}, domain.ErrAlreadyExists},
	} {
		for _, others := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s, beside %d others", c.name, others), func(t *testing.T) {
				failsWithoutTrace(t, s, c.spoil, c.want, others)
			})
		}
	}
}

func failsWithoutTrace(t *testing.T, s store.Store, spoil func(*domain.Change), want error, others int) {
	tenant := newTenant(t, s)
	user := storedUser(t, s, newUser(tenant.ID, "m"))
	must(t, s, spend(tenant.ID, "spent"), remember(newUser(tenant.ID, "other"), newAnswer("taken", noon)))
	change := everything(user, "token", "answer")
	spoil(&change)
	changes := []domain.Change{change}
	for i := range others {
		changes = append(changes, save(newUser(tenant.ID, string(rune('l'+2*i))))) // before and after
	}
	errs := s.Commit(t.Context(), changes)
	if errs[0] == nil {
		t.Fatal("the change succeeded")
	}
	if want != nil {
		wantErr(t, errs[0], want)
	}
	for i, err := range errs[1:] {
		wantErr(t, err, nil)
		load(t, s, *changes[1+i].User)
	}
	untouched(t, s, user)
}

func untouched(t *testing.T, s store.Store, user domain.User) {
	t.Helper()
	same(t, load(t, s, user), user)
	same(t, codes(t, s, user).Codes, []domain.StoredRecoveryCode(nil))
	same(t, trail(t, s, user.TenantID), []domain.Event(nil))
	isSpent(t, s, user.TenantID, "token", false)
	_, err := answerAt(t.Context(), s, user.TenantID, "answer", noon)
	wantErr(t, err, domain.ErrNotFound)
}

func failsAlone(t *testing.T, s store.Store) {
	tenant := newTenant(t, s)
	var changes []domain.Change
	for i := range 30 {
		user := storedUser(t, s, newUser(tenant.ID, fmt.Sprintf("u%02d", 29-i)))
		change := everything(user, fmt.Sprint("token", i), fmt.Sprint("answer", i))
		switch i % 5 {
		case 1:
			change.User.Version += 5
		case 3:
			change.SpentTokens = append(change.SpentTokens, change.SpentTokens[0])
		}
		changes = append(changes, change)
	}
	for i, err := range s.Commit(t.Context(), changes) {
		want := map[int]error{1: domain.ErrConflict, 3: domain.ErrTokenSpent}[i%5]
		wantErr(t, err, want)
		if moved := load(t, s, *changes[i].User).Version == 2; moved != (want == nil) {
			t.Errorf("change %d: moved %v, error %v", i, moved, err)
		}
		isSpent(t, s, tenant.ID, fmt.Sprint("token", i), want == nil)
	}
	if n := len(trail(t, s, tenant.ID)); n != 2*18 {
		t.Errorf("%d events of 18 changes with two each", n)
	}
}

func mixedBatch(t *testing.T, s store.Store) {
	one, two := newTenant(t, s), newTenant(t, s)
	gone := storedUser(t, s, newUser(two.ID, "gone"))
	renamed := one
	renamed.Audiences = []string{"renamed"}
	key := newServiceKey(one.ID, "key_1", noon)
	guarded := save(newUser(two.ID, "guarded"))
	guarded.Custody = domain.CustodyViewable
	must(t, s,
		save(newUser(two.ID, "new")),
		domain.Change{TenantID: one.ID, Tenant: &renamed},
		domain.Change{TenantID: two.ID, User: &gone, DeleteUser: true},
		domain.Change{TenantID: one.ID, ServiceKey: &key},
		guarded,
		save(newUser(one.ID, "new")),
		domain.Change{TenantID: one.ID, Events: []domain.Event{newEvent(one.ID, "")}},
		spend(two.ID, "t"),
	)
	same(t, listed(t, s, one.ID, domain.UserFilter{}), []string{"new"})
	same(t, listed(t, s, two.ID, domain.UserFilter{}), []string{"guarded", "new"})
	isSpent(t, s, two.ID, "t", true)
	same(t, len(trail(t, s, one.ID)), 1)
}

// oneIDTwice refuses in one tenant what it accepts under the same id in
// another, each way round.
func oneIDTwice(t *testing.T, s store.Store) {
	for range 2 {
		for _, stale := range []int{0, 1} {
			pair := []domain.Tenant{newTenant(t, s), newTenant(t, s)}
			must(t, s, save(newUser(pair[stale].ID, "new")), spend(pair[stale].ID, "token"))
			known := storedUser(t, s, newUser(pair[stale].ID, "known"))
			must(t, s, save(known))
			twin := newUser(pair[1-stale].ID, "known")
			twin.Incarnation = known.Incarnation
			twin = storedUser(t, s, twin)
			var changes []domain.Change
			for i, tenant := range pair {
				user := [2]domain.User{twin, known}[b2i(i == stale)]
				changes = append(changes, save(newUser(tenant.ID, "new")), spend(tenant.ID, "token"), save(user))
				for n := range changes[3*i:] {
					changes[3*i+n].Events = []domain.Event{newEvent(tenant.ID, "u")}
				}
			}
			for i, err := range s.Commit(t.Context(), changes) {
				if refused := i/3 == stale; (err != nil) != refused {
					t.Errorf("change %d: %v, want refused %v", i, err, refused)
				}
			}
			same(t, len(trail(t, s, pair[stale].ID)), 0)
			same(t, len(trail(t, s, pair[1-stale].ID)), 3)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// heldTwice is against the contract for users, and likely for the others.
func heldTwice(t *testing.T, s store.Store) {
	tenant := newTenant(t, s)
	user := storedUser(t, s, newUser(tenant.ID, "known"))
	oneOfEachTwo(t, s, tenant.ID, save(user), save(user),
		spend(tenant.ID, "token"), spend(tenant.ID, "token"),
		save(newUser(tenant.ID, "new")), save(newUser(tenant.ID, "new")))
	one, two := storedUser(t, s, newUser(tenant.ID, "one")), storedUser(t, s, newUser(tenant.ID, "two"))
	oneOfEachTwo(t, s, tenant.ID, remember(one, newAnswer("k", noon)), remember(two, newAnswer("k", noon)))
}

// oneOfEachTwo commits pairs of changes of which one each must hold.
func oneOfEachTwo(t *testing.T, s store.Store, tenantID string, changes ...domain.Change) {
	t.Helper()
	before := len(trail(t, s, tenantID))
	for i := range changes {
		changes[i].Events = []domain.Event{newEvent(tenantID, "u")}
	}
	errs := s.Commit(t.Context(), changes)
	for i := 0; i < len(errs); i += 2 {
		if (errs[i] == nil) == (errs[i+1] == nil) {
			t.Errorf("changes %d and %d: %v and %v", i, i+1, errs[i], errs[i+1])
		}
	}
	same(t, len(trail(t, s, tenantID))-before, len(changes)/2)
}

// foreignParts makes parts of a change belong to another tenant.
func foreignParts(t *testing.T, s store.Store) {
	mine, other := newTenant(t, s), newTenant(t, s)
	theirs := storedUser(t, s, newUser(other.ID, "u"))
	key, set := newServiceKey(other.ID, "key_1", noon), newCodes(theirs, noon)
	mineToo := newUser(mine.ID, "u")
	for name, change := range map[string]domain.Change{
		"user":        {User: &theirs},
		"deletion":    {User: &theirs, DeleteUser: true},
		"actor":       {Actor: &theirs, User: &mineToo},
		"codes":       {User: &mineToo, Codes: &set},
		"tenant":      {Tenant: &other},
		"service key": {ServiceKey: &key},
		"event":       {Events: []domain.Event{newEvent(other.ID, "u")}},
	} {
		change.TenantID = mine.ID
		if err := commit(t, s, change); err == nil {
			t.Errorf("%s: a change of one tenant wrote to another", name)
		}
	}
	untouched(t, s, theirs)
}
