package repotest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
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
		user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
		fixture.Must(t, s, fixture.Save(user))
		errs := s.Commit(t.Context(), []domain.Change{fixture.Save(user), spend(user.TenantID, "a", "a")})
		fixture.WantErr(t, errs[0], domain.ErrConflict)
		fixture.WantErr(t, errs[1], domain.ErrTokenSpent)
	}},
	{"whose caller has gone does not hold", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for n := 1; n <= 2; n++ {
			changes := []domain.Change{fixture.Save(fixture.NewUser(tenant.ID, "a")), fixture.Save(fixture.NewUser(tenant.ID, "b"))}[:n]
			for i, err := range s.Commit(gone, changes) {
				fixture.WantErr(t, err, context.Canceled)
				_, err := s.User(t.Context(), tenant.ID, changes[i].User.ID)
				fixture.WantErr(t, err, domain.ErrNotFound)
			}
		}
	}},
	{"of one tenant does not write to another", foreignParts},
}

// everything is a change with all that a change of a user can hold.
func everything(u domain.User, token, answer string) domain.Change {
	u.LastVerifiedAt = fixture.Noon.Add(time.Minute)
	set := fixture.NewCodes(u, fixture.Noon)
	answered := newAnswer(answer, fixture.Noon)
	return domain.Change{
		TenantID: u.TenantID, User: &u, Codes: &set, SpentTokens: []domain.SpentToken{{ID: token, ExpiresAt: fixture.Noon}},
		Answer: &answered, Events: []domain.Event{fixture.NewEvent(u.TenantID, u.ID), fixture.NewEvent(u.TenantID, u.ID)},
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
			tenant := fixture.TenantNamed(c.TenantID)
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
	tenant := fixture.NewTenant(t, s)
	user := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "m"))
	fixture.Must(t, s, spend(tenant.ID, "spent"), remember(fixture.NewUser(tenant.ID, "other"), newAnswer("taken", fixture.Noon)))
	change := everything(user, "token", "answer")
	spoil(&change)
	changes := []domain.Change{change}
	for i := range others {
		changes = append(changes, fixture.Save(fixture.NewUser(tenant.ID, string(rune('l'+2*i))))) // before and after
	}
	errs := s.Commit(t.Context(), changes)
	if errs[0] == nil {
		t.Fatal("the change succeeded")
	}
	if want != nil {
		fixture.WantErr(t, errs[0], want)
	}
	for i, err := range errs[1:] {
		fixture.WantErr(t, err, nil)
		fixture.Load(t, s, *changes[1+i].User)
	}
	untouched(t, s, user)
}

func untouched(t *testing.T, s store.Store, user domain.User) {
	t.Helper()
	fixture.Same(t, fixture.Load(t, s, user), user)
	fixture.Same(t, fixture.Codes(t, s, user).Codes, []domain.StoredRecoveryCode(nil))
	fixture.Same(t, fixture.Trail(t, s, user.TenantID), []domain.Event(nil))
	isSpent(t, s, user.TenantID, "token", false)
	_, err := answerAt(t.Context(), s, user.TenantID, "answer", fixture.Noon)
	fixture.WantErr(t, err, domain.ErrNotFound)
}

func failsAlone(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	var changes []domain.Change
	for i := range 30 {
		user := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, fmt.Sprintf("u%02d", 29-i)))
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
		fixture.WantErr(t, err, want)
		if moved := fixture.Load(t, s, *changes[i].User).Version == 2; moved != (want == nil) {
			t.Errorf("change %d: moved %v, error %v", i, moved, err)
		}
		isSpent(t, s, tenant.ID, fmt.Sprint("token", i), want == nil)
	}
	if n := len(fixture.Trail(t, s, tenant.ID)); n != 2*18 {
		t.Errorf("%d events of 18 changes with two each", n)
	}
}

func mixedBatch(t *testing.T, s store.Store) {
	one, two := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	gone := fixture.StoredUser(t, s, fixture.NewUser(two.ID, "gone"))
	renamed := one
	renamed.Audiences = []string{"renamed"}
	key := newServiceKey(one.ID, "key_1", fixture.Noon)
	guarded := fixture.Save(fixture.NewUser(two.ID, "guarded"))
	guarded.Custody = domain.CustodyViewable
	fixture.Must(t, s,
		fixture.Save(fixture.NewUser(two.ID, "new")),
		domain.Change{TenantID: one.ID, Tenant: &renamed},
		domain.Change{TenantID: two.ID, User: &gone, DeleteUser: true},
		domain.Change{TenantID: one.ID, ServiceKey: &key},
		guarded,
		fixture.Save(fixture.NewUser(one.ID, "new")),
		domain.Change{TenantID: one.ID, Events: []domain.Event{fixture.NewEvent(one.ID, "")}},
		spend(two.ID, "t"),
	)
	fixture.Same(t, listed(t, s, one.ID, domain.UserFilter{}), []string{"new"})
	fixture.Same(t, listed(t, s, two.ID, domain.UserFilter{}), []string{"guarded", "new"})
	isSpent(t, s, two.ID, "t", true)
	fixture.Same(t, len(fixture.Trail(t, s, one.ID)), 1)
}

// oneIDTwice refuses in one tenant what it accepts under the same id in
// another, each way round.
func oneIDTwice(t *testing.T, s store.Store) {
	for range 2 {
		for _, stale := range []int{0, 1} {
			pair := []domain.Tenant{fixture.NewTenant(t, s), fixture.NewTenant(t, s)}
			fixture.Must(t, s, fixture.Save(fixture.NewUser(pair[stale].ID, "new")), spend(pair[stale].ID, "token"))
			known := fixture.StoredUser(t, s, fixture.NewUser(pair[stale].ID, "known"))
			fixture.Must(t, s, fixture.Save(known))
			twin := fixture.NewUser(pair[1-stale].ID, "known")
			twin.Incarnation = known.Incarnation
			twin = fixture.StoredUser(t, s, twin)
			var changes []domain.Change
			for i, tenant := range pair {
				user := [2]domain.User{twin, known}[b2i(i == stale)]
				changes = append(changes, fixture.Save(fixture.NewUser(tenant.ID, "new")), spend(tenant.ID, "token"), fixture.Save(user))
				for n := range changes[3*i:] {
					changes[3*i+n].Events = []domain.Event{fixture.NewEvent(tenant.ID, "u")}
				}
			}
			for i, err := range s.Commit(t.Context(), changes) {
				if refused := i/3 == stale; (err != nil) != refused {
					t.Errorf("change %d: %v, want refused %v", i, err, refused)
				}
			}
			fixture.Same(t, len(fixture.Trail(t, s, pair[stale].ID)), 0)
			fixture.Same(t, len(fixture.Trail(t, s, pair[1-stale].ID)), 3)
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
	tenant := fixture.NewTenant(t, s)
	user := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "known"))
	oneOfEachTwo(t, s, tenant.ID, fixture.Save(user), fixture.Save(user),
		spend(tenant.ID, "token"), spend(tenant.ID, "token"),
		fixture.Save(fixture.NewUser(tenant.ID, "new")), fixture.Save(fixture.NewUser(tenant.ID, "new")))
	one, two := fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "one")), fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, "two"))
	oneOfEachTwo(t, s, tenant.ID, remember(one, newAnswer("k", fixture.Noon)), remember(two, newAnswer("k", fixture.Noon)))
}

// oneOfEachTwo commits pairs of changes of which one each must hold.
func oneOfEachTwo(t *testing.T, s store.Store, tenantID string, changes ...domain.Change) {
	t.Helper()
	before := len(fixture.Trail(t, s, tenantID))
	for i := range changes {
		changes[i].Events = []domain.Event{fixture.NewEvent(tenantID, "u")}
	}
	errs := s.Commit(t.Context(), changes)
	for i := 0; i < len(errs); i += 2 {
		if (errs[i] == nil) == (errs[i+1] == nil) {
			t.Errorf("changes %d and %d: %v and %v", i, i+1, errs[i], errs[i+1])
		}
	}
	fixture.Same(t, len(fixture.Trail(t, s, tenantID))-before, len(changes)/2)
}

// foreignParts makes parts of a change belong to another tenant.
func foreignParts(t *testing.T, s store.Store) {
	mine, other := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	theirs := fixture.StoredUser(t, s, fixture.NewUser(other.ID, "u"))
	key, set := newServiceKey(other.ID, "key_1", fixture.Noon), fixture.NewCodes(theirs, fixture.Noon)
	mineToo := fixture.NewUser(mine.ID, "u")
	for name, change := range map[string]domain.Change{
		"user":        {User: &theirs},
		"deletion":    {User: &theirs, DeleteUser: true},
		"actor":       {Actor: &theirs, User: &mineToo},
		"codes":       {User: &mineToo, Codes: &set},
		"tenant":      {Tenant: &other},
		"service key": {ServiceKey: &key},
		"event":       {Events: []domain.Event{fixture.NewEvent(other.ID, "u")}},
	} {
		change.TenantID = mine.ID
		if err := fixture.Commit(t, s, change); err == nil {
			t.Errorf("%s: a change of one tenant wrote to another", name)
		}
	}
	untouched(t, s, theirs)
}
