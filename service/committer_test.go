package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// gate is a store whose commits wait until they are let through, so that a
// queue can form behind one.
type gate struct {
	Store
	begun chan []string // user ids of each commit, as it begins
	pass  chan struct{}
	fail  map[string]error
	panic bool
}

func newGate() *gate {
	return &gate{begun: make(chan []string, 100), pass: make(chan struct{}), fail: map[string]error{}}
}

func (g *gate) Commit(_ context.Context, changes []Change) []error {
	var ids []string
	errs := make([]error, len(changes))
	for i, c := range changes {
		ids = append(ids, c.User.ID)
		errs[i] = g.fail[c.User.ID]
	}
	g.begun <- ids
	<-g.pass
	if g.panic {
		panic("the store")
	}
	return errs
}

func changeOf(id string) Change { return Change{TenantID: "t", User: &User{TenantID: "t", ID: id}} }

// behind queues the changes, in order, behind one that is being committed.
func behind(t *testing.T, c *committer, g *gate, ids ...string) (results map[string]error, wait func()) {
	t.Helper()
	results = map[string]error{}
	var mu sync.Mutex
	var all sync.WaitGroup
	send := func(id string) {
		all.Go(func() {
			defer func() { _ = recover() }() // of the test's own panic
			err := c.commit(context.Background(), changeOf(id))
			mu.Lock()
			defer mu.Unlock()
			results[id] = errors.Join(results[id], err)
		})
	}
	send("first")
	if diff := cmp.Diff([]string{"first"}, <-g.begun); diff != "" {
		t.Fatalf("one alone did not go at once: %s", diff)
	}
	for i, id := range ids {
		send(id)
		for queuedNow := 0; queuedNow <= i; {
			c.convoy.mu.Lock()
			queuedNow = len(c.convoy.queue)
			c.convoy.mu.Unlock()
		}
	}
	return results, all.Wait
}

func TestWhoQueuedUpGoesOutTogether(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := newCommitter(g, newSnapshots(1))
	g.fail["c"] = ErrConflict
	results, wait := behind(t, c, g, "b", "c", "d")
	g.pass <- struct{}{}
	if diff := cmp.Diff([]string{"b", "c", "d"}, <-g.begun); diff != "" {
		t.Error(diff)
	}
	g.pass <- struct{}{}
	wait()
	for id, err := range results {
		if (err != nil) != (id == "c") {
			t.Errorf("%s: %v", id, err)
		}
	}
	if c.convoy.out != 0 || len(c.convoy.queue) != 0 {
		t.Error("the queue is not empty")
	}
}

func TestABatchHoldsOneChangeOfEachUserAndAtMost128(t *testing.T) {
	t.Parallel()
	var queue []*member[pendingCommit]
	for i := range 200 {
		queue = append(queue, waiting(changeOf(fmt.Sprint(i%150))))
	}
	batch, rest := nextCommit(queue)
	if len(batch) != maxBatch || len(rest) != 200-maxBatch {
		t.Errorf("%d and %d", len(batch), len(rest))
	}
	batch, rest = nextCommit([]*member[pendingCommit]{
		waiting(changeOf("a")), waiting(changeOf("a")), waiting(changeOf("b")),
	})
	if len(batch) != 2 || len(rest) != 1 || rest[0].load.change.User.ID != "a" {
		t.Errorf("two changes of one user share a commit: %v", batch)
	}
}

func waiting(c Change) *member[pendingCommit] {
	return &member[pendingCommit]{load: pendingCommit{change: c}}
}

// Sent on its way is only what could still be true: of many who decided on one
// version the first one replaces it.
func TestAChangeOfAVersionJustReplacedIsNotSent(t *testing.T) {
	t.Parallel()
	user := func(incarnation, version int64) *User {
		return &User{TenantID: "t", ID: "a", Incarnation: incarnation, Version: version}
	}
	committed := map[UserKey]*User{{"t", "a"}: user(1, 4)}
	for name, c := range map[string]struct {
		change Change
		want   bool
	}{
		"the same version":       {Change{TenantID: "t", User: user(1, 4)}, true},
		"an earlier one":         {Change{TenantID: "t", User: user(1, 3)}, true},
		"the next one":           {Change{TenantID: "t", User: user(1, 5)}, false},
		"another incarnation":    {Change{TenantID: "t", User: user(2, 4)}, false},
		"another tenant's":       {Change{TenantID: "u", User: &User{TenantID: "u", ID: "a", Incarnation: 1, Version: 4}}, false},
		"a change of no user":    {Change{TenantID: "t"}, false},
		"a token of their own":   {Change{TenantID: "t", SpentTokens: []SpentToken{{ID: "a"}}}, false},
		"deletes the same state": {Change{TenantID: "t", User: user(1, 4), DeleteUser: true}, true},
	} {
		p := pendingCommit{change: c.change}
		if got := p.overtaken(committed); got != c.want || errors.Is(p.err, ErrConflict) != c.want {
			t.Errorf("%s: %v, %v", name, got, p.err)
		}
	}
}

func TestWhoWasOvertakenInTheQueueIsToldAtOnce(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := newCommitter(g, newSnapshots(1))
	results, wait := behind(t, c, g, "first", "first", "b")
	g.pass <- struct{}{}
	if diff := cmp.Diff([]string{"b"}, <-g.begun); diff != "" {
		t.Error(diff)
	}
	g.pass <- struct{}{}
	wait()
	if !errors.Is(results["first"], ErrConflict) || results["b"] != nil {
		t.Errorf("%v", results)
	}
}

func TestACallerThatGivesUpInTheQueueLeavesNoTrace(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := newCommitter(g, newSnapshots(1))
	_, wait := behind(t, c, g)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.commit(ctx, changeOf("impatient")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	g.pass <- struct{}{}
	wait()
	if len(g.begun) != 0 {
		t.Errorf("it was committed: %v", <-g.begun)
	}
}

func TestAStoreThatPanicsLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := newCommitter(g, newSnapshots(1))
	results, wait := behind(t, c, g, "b", "c")
	g.pass <- struct{}{}
	<-g.begun
	g.panic = true
	g.pass <- struct{}{}
	wait()
	if !errors.Is(results["c"], ErrOutcomeUnknown) || results["first"] != nil {
		t.Errorf("%v", results)
	}
}

func TestWhatTakesTheTenantsRowKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Change{
		"policy":      {Tenant: &Tenant{}},
		"erasure":     {EraseSealedCodes: true},
		"service key": {ServiceKey: &ServiceKey{}},
		"custody":     {Custody: CustodyViewable},
	} {
		if c.shares() {
			t.Errorf("%s shares a commit", name)
		}
	}
}
