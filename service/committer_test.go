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
			c.mu.Lock()
			queuedNow = len(c.queue)
			c.mu.Unlock()
		}
	}
	return results, all.Wait
}

func TestWhoQueuedUpGoesOutTogether(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := &committer{store: g}
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
	if c.running || len(c.queue) != 0 {
		t.Error("the queue is not empty")
	}
}

func TestABatchHoldsOneChangeOfEachUserAndAtMost128(t *testing.T) {
	t.Parallel()
	var queue []*queued
	for i := range 200 {
		queue = append(queue, &queued{change: changeOf(fmt.Sprint(i % 150))})
	}
	batch, rest := nextBatch(queue)
	if len(batch) != maxBatch || len(rest) != 200-maxBatch {
		t.Errorf("%d and %d", len(batch), len(rest))
	}
	batch, rest = nextBatch([]*queued{{change: changeOf("a")}, {change: changeOf("a")}, {change: changeOf("b")}})
	if len(batch) != 2 || len(rest) != 1 || rest[0].change.User.ID != "a" {
		t.Errorf("two changes of one user share a commit: %v", batch)
	}
}

func TestACallerThatGivesUpInTheQueueLeavesNoTrace(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := &committer{store: g}
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
	c := &committer{store: g}
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
