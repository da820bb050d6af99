package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

// commitStore is a store whose commits wait until they are let through, so that a
// queue can form behind one.
type commitStore struct {
	Inner
	*gate // by the first user of a commit

	ended   []int // how many decisions shared each commit that ended
	writers int
	begun   chan []string      // user ids of each commit, as it begins
	times   chan time.Duration // that each has
	fail    map[string]error
	panic   bool
}

func (g *commitStore) Writers() int { return g.writers }

func (g *commitStore) Committed(decisions int, _ time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = append(g.ended, decisions)
}

func (g *commitStore) Commit(ctx context.Context, changes []domain.Change) []error {
	var ids []string
	errs := make([]error, len(changes))
	for i, c := range changes {
		ids = append(ids, c.User.ID)
		errs[i] = g.fail[c.User.ID]
	}
	until, _ := ctx.Deadline()
	g.times <- time.Until(until)
	g.begun <- ids
	g.wait(ids[0])
	if g.panic {
		panic("the store")
	}
	return errs
}

func changeOf(id string) domain.Change {
	return domain.Change{TenantID: "t", User: &domain.User{TenantID: "t", ID: id}}
}

// commits are changes on their way to a store.
type commits struct {
	*testing.T
	inner   *commitStore
	store   *Store
	all     sync.WaitGroup
	mu      sync.Mutex
	results map[string]error
}

// withCommits runs a test while a change of the user "first" is being committed,
// in a time of its own, which passes while everybody waits.
func withCommits(t *testing.T, writers int, test func(c *commits)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &commitStore{gate: newGate(), writers: writers, begun: make(chan []string, 100), times: make(chan time.Duration, 1000), fail: map[string]error{}}
		c := &commits{T: t, inner: g, store: New(g, g), results: map[string]error{}}
		c.send("first")
		c.began("first")
		test(c)
		if waiting, out := c.store.commits.batcher.counts(); waiting != 0 || out != 0 {
			t.Errorf("%d wait and %d commits are out", waiting, out)
		}
	})
}

// send commits a change of each of the users, in order.
func (c *commits) send(ids ...string) {
	for _, id := range ids {
		c.all.Go(func() {
			defer func() { _ = recover() }() // of the test's own panic
			err := c.store.Commit(context.Background(), []domain.Change{changeOf(id)})[0]
			c.mu.Lock()
			defer c.mu.Unlock()
			c.results[id] = errors.Join(c.results[id], err)
		})
		synctest.Wait()
	}
}

// began checks whose changes have gone to the store since it was last asked: of
// nobody, or in one commit.
func (c *commits) began(ids ...string) {
	c.Helper()
	synctest.Wait()
	var got []string
	select {
	case got = <-c.inner.begun:
	default:
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		c.Errorf("commits that began (-want +got):\n%s", diff)
	}
	if more := len(c.inner.begun); more > 0 {
		c.Errorf("%d commits more began", more)
	}
}

func (c *commits) letAllThrough() {
	c.inner.letAllThrough()
	c.all.Wait()
}

// crowd are many users.
func crowd(of string) (ids []string) {
	for n := range 100 {
		ids = append(ids, fmt.Sprint(of, n))
	}
	return ids
}

func TestWhoQueuedUpGoesOutTogether(t *testing.T) {
	withCommits(t, 4, func(c *commits) {
		c.inner.fail["c"] = domain.ErrConflict
		c.send("b", "c", "d")
		c.began()
		c.inner.letThrough("first")
		c.began("b", "c", "d")
		c.letAllThrough()
		for id, err := range c.results {
			if (err != nil) != (id == "c") {
				t.Errorf("%s: %v", id, err)
			}
		}
		if diff := cmp.Diff([]int{1, 3}, c.inner.ended); diff != "" {
			t.Errorf("commits that the observer was told of (-want +got):\n%s", diff)
		}
	})
}

// What a commit costs by itself is shared by all who wait, however many they are.
func TestOneCommitIsOutAtATime(t *testing.T) {
	withCommits(t, 4, func(c *commits) {
		ids := crowd("a")
		c.send(ids...)
		c.began()
		c.inner.letThrough("first")
		c.began(ids...)
		c.letAllThrough()
	})
}

// A lock, a dead connection or a full disk holds up who met it, and nobody else.
func TestACommitThatTakesLongHoldsUpNobodyElse(t *testing.T) {
	withCommits(t, 10, func(c *commits) {
		for n := 1; n < commitsInFlight; n++ {
			waits := fmt.Sprint("waits-", n)
			c.send(waits)
			time.Sleep(commitSlowAfter - 1)
			c.began()
			time.Sleep(time.Nanosecond)
			c.began(waits)
		}
		c.send("one too many")
		time.Sleep(time.Hour)
		c.began()
		c.inner.letThrough("first")
		c.began("one too many")
		c.letAllThrough()
	})
}

func TestBesideACommitThatTakesLongOthersGoAsEver(t *testing.T) {
	withCommits(t, 4, func(c *commits) {
		time.Sleep(commitSlowAfter)
		c.send("b")
		c.began("b")
		c.send("c", "d")
		c.began()
		c.inner.letThrough("b")
		c.began("c", "d")
		c.letAllThrough()
	})
}

// A store with one writer would only make them wait elsewhere, where nobody
// joins them.
func TestNothingGoesBesideTheCommitOfAStoreWithOneWriter(t *testing.T) {
	withCommits(t, 1, func(c *commits) {
		c.send(crowd("a")...)
		time.Sleep(time.Hour)
		c.began()
		c.inner.letThrough("first")
		c.began(crowd("a")...)
		c.letAllThrough()
	})
}

// Of two the second would wait for the row, and lose.
func TestOfAUserOneDecisionIsOut(t *testing.T) {
	withCommits(t, 4, func(c *commits) {
		for range 100 {
			c.send("first")
		}
		time.Sleep(time.Hour)
		c.began()
		c.send("b")
		c.began("b")
		c.letAllThrough()
		if c.results["b"] != nil || !errors.Is(c.results["first"], domain.ErrConflict) {
			t.Errorf("%v", c.results)
		}
	})
}

func TestABatchHoldsOneChangeOfEachUserAndAtMost128(t *testing.T) {
	t.Parallel()
	var queue []*request[pendingCommit]
	for i := range 200 {
		queue = append(queue, waiting(changeOf(fmt.Sprint(i%150))))
	}
	batch, rest := nextCommit(queue, nil)
	if len(batch) != maxBatch || len(rest) != 200-maxBatch {
		t.Errorf("%d and %d", len(batch), len(rest))
	}
	batch, rest = nextCommit([]*request[pendingCommit]{
		waiting(changeOf("a")), waiting(changeOf("a")), waiting(changeOf("b")),
	}, nil)
	if len(batch) != 2 || len(rest) != 1 || rest[0].item.change.User.ID != "a" {
		t.Errorf("two changes of one user share a commit: %v", batch)
	}
}

func waiting(c domain.Change) *request[pendingCommit] {
	return &request[pendingCommit]{item: pendingCommit{change: c}}
}

// Sent on its way is only what could still be true: of many who decided on one
// version the first one replaces it.
func TestAChangeOfAVersionJustReplacedIsNotSent(t *testing.T) {
	t.Parallel()
	user := func(incarnation, version int64) *domain.User {
		return &domain.User{TenantID: "t", ID: "a", Incarnation: incarnation, Version: version}
	}
	committed := map[domain.UserKey]*domain.User{{TenantID: "t", UserID: "a"}: user(1, 4)}
	for name, c := range map[string]struct {
		change domain.Change
		want   bool
	}{
		"the same version":       {domain.Change{TenantID: "t", User: user(1, 4)}, true},
		"an earlier one":         {domain.Change{TenantID: "t", User: user(1, 3)}, true},
		"the next one":           {domain.Change{TenantID: "t", User: user(1, 5)}, false},
		"another incarnation":    {domain.Change{TenantID: "t", User: user(2, 4)}, false},
		"another tenant's":       {domain.Change{TenantID: "u", User: &domain.User{TenantID: "u", ID: "a", Incarnation: 1, Version: 4}}, false},
		"a change of no user":    {domain.Change{TenantID: "t"}, false},
		"a token of their own":   {domain.Change{TenantID: "t", SpentTokens: []domain.SpentToken{{ID: "a"}}}, false},
		"deletes the same state": {domain.Change{TenantID: "t", User: user(1, 4), DeleteUser: true}, true},
	} {
		p := pendingCommit{change: c.change}
		if got := p.overtaken(committed); got != c.want || errors.Is(p.err, domain.ErrConflict) != c.want {
			t.Errorf("%s: %v, %v", name, got, p.err)
		}
	}
}

func TestWhoWasOvertakenInTheQueueIsToldAtOnce(t *testing.T) {
	withCommits(t, 4, func(c *commits) {
		c.send("first", "first", "b")
		c.inner.letThrough("first")
		c.began("b")
		c.letAllThrough()
		if !errors.Is(c.results["first"], domain.ErrConflict) || c.results["b"] != nil {
			t.Errorf("%v", c.results)
		}
	})
}

func TestACallerThatGivesUpInTheQueueLeavesNoTrace(t *testing.T) {
	withCommits(t, 4, func(c *commits) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := c.store.Commit(ctx, []domain.Change{changeOf("canceled")})[0]; !errors.Is(err, domain.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		c.letAllThrough()
		c.began()
	})
}

func TestAStoreThatPanicsLeavesNobodyWaiting(t *testing.T) {
	withCommits(t, 4, func(c *commits) {
		c.send("b", "c")
		c.inner.letThrough("first")
		c.began("b", "c")
		c.inner.panic = true
		c.letAllThrough()
		if !errors.Is(c.results["c"], domain.ErrOutcomeUnknown) || c.results["first"] != nil {
			t.Errorf("%v", c.results)
		}
	})
}

func TestWhatTakesTheTenantsRowKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]domain.Change{
		"policy":      {Tenant: &domain.Tenant{}},
		"erasure":     {EraseSealedCodes: true},
		"service key": {ServiceKey: &domain.ServiceKey{}},
		"custody":     {Custody: domain.CustodyViewable},
	} {
		if !c.Exclusive() {
			t.Errorf("%s shares a commit", name)
		}
	}
}
