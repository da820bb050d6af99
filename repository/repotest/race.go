package repotest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var raceContracts = []contract{
	{"of n changes of one version exactly one succeeds", func(t *testing.T, s store.Store) {
		user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
		for round := range 6 {
			user = fixture.Load(t, s, user)
			exactlyOne(t, 8, domain.ErrConflict, func(i int) error {
				next := user
				next.CodeLane.Failures = i
				return fixture.Commit(t, s, domain.Change{
					TenantID: user.TenantID, User: &next, Events: []domain.Event{fixture.NewEvent(user.TenantID, "u")},
				})
			})
			if n := len(fixture.Trail(t, s, user.TenantID)); n != round+1 {
				t.Fatalf("%d events after %d decisions", n, round+1)
			}
		}
	}},
	{"no increment is lost", noneLost},
	{"of n creations exactly one succeeds", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		for i := range 4 {
			id := fmt.Sprint(i)
			exactlyOne(t, 8, domain.ErrConflict, func(int) error { return fixture.Commit(t, s, fixture.Save(fixture.NewUser(tenant.ID, id))) })
		}
	}},
	{"of n creations of a tenant exactly one succeeds", func(t *testing.T, s store.Store) {
		for range 3 {
			tenant := fixture.TenantNamed(fmt.Sprintf("tenant-%d", fixture.Tenants.Add(1)))
			exactlyOne(t, 8, domain.ErrAlreadyExists, func(int) error {
				return fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, Tenant: &tenant})
			})
		}
	}},
	{"of n changes of a tenant exactly one succeeds", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		for range 4 {
			exactlyOne(t, 8, domain.ErrConflict, func(int) error {
				return fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, Tenant: &tenant})
			})
			tenant.Version++
		}
	}},
	{"batches that overlap decide each user once", overlappingBatches},
	{"deletes and creations leave one life at a time", lives},
	{"who is cancelled holds or does not, as the answer says", cancelled},
}

// atOnce runs f(0) ... f(n-1) concurrently, from one starting gun.
func atOnce(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	gun := make(chan struct{})
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-gun
			f(i)
		})
	}
	ready.Wait()
	close(gun)
	done.Wait()
}

// exactlyOne holds when of n concurrent calls one succeeds and the others
// return refusal. A conflict in place of another refusal is tried again, as
// the service does: two who wait for each other are told to.
func exactlyOne(t *testing.T, n int, refusal error, decide func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	atOnce(n, func(i int) {
		for errs[i] = decide(i); refusal != domain.ErrConflict && errors.Is(errs[i], domain.ErrConflict); {
			errs[i] = decide(i)
		}
	})
	successes := 0
	for _, err := range errs {
		switch {
		case err == nil:
			successes++
		case !errors.Is(err, refusal):
			t.Errorf("unexpected error: %v", err)
		}
	}
	if successes != 1 {
		t.Errorf("%d of %d succeeded, want exactly one", successes, n)
	}
}

func wantConflict(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, domain.ErrConflict) {
		t.Errorf("error is %v, want a conflict", err)
	}
}

// untilDecided reads and changes the user until it is the one who decides.
func untilDecided(t *testing.T, s store.Store, u domain.User, change func(*domain.User) domain.Change) {
	for {
		next, err := s.User(t.Context(), u.TenantID, u.ID)
		if err != nil {
			t.Errorf("User: %v", err)
			return
		}
		if err = fixture.Commit(t, s, change(&next)); err == nil {
			return
		}
		if !errors.Is(err, domain.ErrConflict) {
			t.Errorf("Commit: %v", err)
			return
		}
	}
}

func noneLost(t *testing.T, s store.Store) {
	user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
	const people, rounds = 4, 8
	atOnce(people, func(int) {
		for range rounds {
			untilDecided(t, s, user, func(next *domain.User) domain.Change {
				next.CodeLane.Failures++
				return fixture.Save(*next)
			})
		}
	})
	stored := fixture.Load(t, s, user)
	fixture.Same(t, stored.CodeLane.Failures, people*rounds)
	fixture.Same(t, stored.Version, int64(people*rounds+1))
}

// overlappingBatches sends the same users in different orders, beside others.
func overlappingBatches(t *testing.T, s store.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	tenant := fixture.NewTenant(t, s)
	users := make([]domain.User, 12)
	for i := range users {
		users[i] = fixture.StoredUser(t, s, fixture.NewUser(tenant.ID, fmt.Sprintf("u%02d", i)))
	}
	const batches, rounds = 4, 4
	var mu sync.Mutex
	successes := map[string]int{}
	for round := range rounds {
		atOnce(batches, func(batch int) {
			random := rand.New(rand.NewPCG(seed, uint64(round*batches+batch)))
			var changes []domain.Change
			for _, i := range random.Perm(len(users))[:1+random.IntN(len(users))] {
				user := users[i]
				user.Version = int64(round + 1)
				changes = append(changes, fixture.Save(user))
			}
			for i, err := range s.Commit(t.Context(), changes) {
				if err != nil {
					wantConflict(t, err)
					continue
				}
				mu.Lock()
				successes[fmt.Sprint(round, changes[i].User.ID)]++
				mu.Unlock()
			}
		})
		for i := range users { // who was in no batch of this round follows
			if fixture.Load(t, s, users[i]).Version == int64(round+1) {
				if n := successes[fmt.Sprint(round, users[i].ID)]; n != 0 {
					t.Errorf("user %d, round %d: %d successes, none stored", i, round, n)
				}
				behind := users[i]
				behind.Version = int64(round + 1)
				fixture.Must(t, s, fixture.Save(behind))
			}
		}
	}
	for which, n := range successes {
		if n != 1 {
			t.Errorf("round and user %s: %d successes", which, n)
		}
	}
}

// lives lets some create a user, some delete it and some change what they once
// read. Every life then begins with its creation and ends with its deletion,
// and a change succeeds only in the life it was read in.
func lives(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	var mu sync.Mutex
	changes := map[int64]map[int64]int{} // incarnation, version read: successes
	decided := func(u domain.User) {
		mu.Lock()
		defer mu.Unlock()
		if changes[u.Incarnation] == nil {
			changes[u.Incarnation] = map[int64]int{}
		}
		changes[u.Incarnation][u.Version]++
	}
	try := func(c domain.Change) {
		if err := fixture.Commit(t, s, c); err == nil {
			decided(*c.User)
		} else {
			wantConflict(t, err)
		}
	}
	atOnce(6, func(i int) {
		for range 10 {
			try(fixture.Save(fixture.NewUser(tenant.ID, "u")))
			read, err := s.User(t.Context(), tenant.ID, "u")
			if errors.Is(err, domain.ErrNotFound) {
				continue
			}
			try(domain.Change{TenantID: tenant.ID, User: &read, DeleteUser: i%3 == 0})
		}
	})
	for incarnation, decisions := range changes {
		for version, n := range decisions {
			if n != 1 {
				t.Errorf("incarnation %d: version %d was decided %d times", incarnation, version, n)
			}
		}
		if decisions[0] != 1 {
			t.Errorf("incarnation %d was changed and never created", incarnation)
		}
	}
}

// cancelled takes the caller away at any moment of a commit.
func cancelled(t *testing.T, s store.Store) {
	user := fixture.StoredUser(t, s, fixture.NewUser(fixture.NewTenant(t, s).ID, "u"))
	held := 0
	for i := range 25 {
		user = fixture.Load(t, s, user)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*50*time.Microsecond)
		next := user
		next.CodeLane.Failures++
		event := fixture.NewEvent(user.TenantID, "u")
		err := s.Commit(ctx, []domain.Change{{TenantID: user.TenantID, User: &next, Events: []domain.Event{event}}})[0]
		cancel()
		holds := fixture.Load(t, s, user).Version == user.Version+1
		if holds != (err == nil) && !errors.Is(err, domain.ErrOutcomeUnknown) {
			t.Errorf("round %d: it holds %v, the answer was %v", i, holds, err)
		}
		if holds {
			held++
		}
		if n := len(fixture.Trail(t, s, user.TenantID)); n != held {
			t.Fatalf("%d events of %d decisions", n, held)
		}
	}
}
