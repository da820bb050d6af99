package proofs

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// longestRequest is how long a call may wait for a database that does not answer, and some more for a busy machine.
const longestRequest = 17 * time.Second

// TestADatabaseThatDoesNotAnswerShedsLoadAndLeavesCommitsUnknown has its parts side by side, since each waits for most
// of its time.
func TestADatabaseThatDoesNotAnswerShedsLoadAndLeavesCommitsUnknown(t *testing.T) {
	t.Parallel()
	s, proxies := proxied(t, 4) // the last one's proxy holds up nothing
	var held sync.WaitGroup
	defer held.Wait()
	for n, next := range []func(*sequentialClient) guess{(*sequentialClient).rightCode, (*sequentialClient).wrongCode} {
		sc := newSequentialClient(fmt.Sprintf("held-%d", n), rand.New(rand.NewPCG(1, uint64(n))))
		if err := sc.enroll(t.Context(), s.Client(3)); err != nil || !sc.enrolled {
			t.Fatalf("not enrolled: %v", err)
		}
		held.Go(func() { holdCommit(t.Context(), t, proxies[1+n], s.Client(1+n), s.Client(3), sc, next(sc)) })
	}
	loadIsShed(t, s, proxies[0])
}

// holdCommit keeps the answer of a COMMIT longer than a decision may take. It has happened, so nobody may be told that
// nothing was accepted.
func holdCommit(ctx context.Context, t *testing.T, p *site.Proxy, client, other site.Client, sc *sequentialClient, g guess) {
	p.Set(site.Fault{Commit: site.HoldAnswer})
	o := client.Idempotent(g.key).Verify(ctx, sc.id, g.proof)
	p.Set(site.Fault{})
	if took := o.Return.Sub(o.Call); !o.Is("outcome_unknown") || took > longestRequest {
		t.Errorf("%s whose COMMIT is not answered is answered %v after %v; want outcome_unknown within %v",
			g, o, took.Round(time.Millisecond), longestRequest)
	}
	g.first = o.Call
	if err := sc.prove(ctx, other, g); err != nil || sc.doubt != nil || sc.undecided {
		t.Errorf("%s repeated with its key is not answered as it should be: %v", g, err)
	}
	if err := sc.isAuditedAsAnswered(ctx, func() site.Client { return other }); err != nil {
		t.Error(err)
	}
}

// loadIsShed sends more than the pool has connections for while the database does not answer: everybody is sent away in
// time, nothing piles up, and when it answers again all is as before.
func loadIsShed(t *testing.T, s *site.Site, proxy *site.Proxy) {
	ctx := t.Context()
	db := newProbe(t, s)
	client := s.Client(0).With("Connection", "close")
	sc := newSequentialClient("stalled", rand.New(rand.NewPCG(1, 1)))
	if err := sc.enroll(ctx, client); err != nil || !sc.enrolled {
		t.Fatalf("not enrolled: %v", err)
	}
	full := newCrowd(client)
	full.run(ctx, 40, 3) // so that the pool is full, and every cache
	if full.wrong != nil {
		t.Fatalf("without a fault: %v", full.wrong)
	}
	before := measure(ctx, t, client)

	proxy.Stall()
	shed := newCrowd(client)
	shed.stalled = true
	var probes sync.WaitGroup
	probes.Go(func() {
		if err := (&crashes{site: s}).turnsRed(ctx, 0); err != nil {
			t.Error(err)
		}
		if o := client.Call(ctx, http.MethodGet, "/healthz", nil); !o.OK() {
			t.Errorf("/healthz is answered %v", o)
		}
	})
	shed.run(ctx, 300, 1)
	probes.Wait()
	during := measure(ctx, t, client)
	proxy.Flow()

	t.Logf("%v; %v before, %v after the last was sent away", shed, before, during)
	if shed.wrong != nil {
		t.Errorf("with a stalled database: %v", shed.wrong)
	}
	if shed.slowest > longestRequest {
		t.Errorf("a call took %v, want at most %v", shed.slowest, longestRequest)
	}
	if during.memory > before.memory+256<<20 {
		t.Errorf("memory grew from %v to %v", before, during)
	}
	wellAgain(ctx, t, s, db, before)
	if err := sc.holds(ctx, func() site.Client { return client }); err != nil {
		t.Error(err)
	}
}

// wellAgain waits until the replica is ready and has no more goroutines, sessions and transactions than it should.
func wellAgain(ctx context.Context, t *testing.T, s *site.Site, db *probe, before measured) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, recovered)
	defer cancel()
	if err := s.Replicas[0].Ready(ctx); err != nil {
		t.Error(err)
		return
	}
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		now := measure(ctx, t, s.Client(0).With("Connection", "close"))
		sessions, err := db.sessions(ctx)
		open, err2 := db.inTransaction(ctx)
		if err == nil && err2 == nil && now.goroutines <= before.goroutines+leeway && sessions <= len(s.Replicas)*(poolSize+1) && open == 0 {
			return
		}
		select {
		case <-ctx.Done():
			t.Errorf("%v before and %v after, %d sessions, %d of them in a transaction", before, now, sessions, open)
			return
		case <-poll.C:
		}
	}
}

// leeway is by how many the goroutines may differ between two idle moments: each connection of the pool may or may not
// have one.
const leeway = poolSize + 5

// crowd is many calls at once.
type crowd struct {
	client  site.Client
	stalled bool // then no call can be decided

	mu       sync.Mutex
	statuses map[string]int
	slowest  time.Duration
	wrong    error
}

func newCrowd(c site.Client) *crowd { return &crowd{client: c, statuses: map[string]int{}} }

func (f *crowd) String() string {
	return fmt.Sprintf("%v, the slowest after %v", f.statuses, f.slowest)
}

func (f *crowd) run(ctx context.Context, clients, each int) {
	var running sync.WaitGroup
	for n := range clients {
		running.Go(func() {
			for i := range each {
				f.heard(f.call(ctx, n+i))
			}
		})
	}
	running.Wait()
}

func (f *crowd) call(ctx context.Context, n int) site.Outcome {
	switch n % 4 {
	case 0:
		return f.client.GetUser(ctx, "stalled")
	case 1:
		return f.client.Decide(ctx, "stalled")
	case 2:
		return f.client.PutUser(ctx, fmt.Sprintf("user-%d", n), site.Member("user"))
	}
	return f.client.Verify(ctx, "nobody", site.Proof{Code: "000000"})
}

func (f *crowd) heard(o site.Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.statuses[o.String()]++
	f.slowest = max(f.slowest, o.Return.Sub(o.Call))
	shed := o.Status == http.StatusServiceUnavailable && o.RetryAfter > 0
	if f.stalled != shed || o.Err != nil {
		f.wrong = fmt.Errorf("a call is answered %v, Retry-After %v", o, o.RetryAfter)
	}
}

// measured is what a replica says of itself.
type measured struct{ goroutines, memory int }

func (m measured) String() string {
	return fmt.Sprintf("%d goroutines and %d MiB", m.goroutines, m.memory>>20)
}

func measure(ctx context.Context, t *testing.T, c site.Client) (m measured) {
	t.Helper()
	o := c.Call(ctx, http.MethodGet, "/metrics", nil)
	if !o.OK() {
		t.Fatalf("/metrics is answered %v", o)
	}
	lines := bufio.NewScanner(bytes.NewReader(o.Body))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		number, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
		case name == "go_goroutines":
			m.goroutines = int(number)
		case name == "process_resident_memory_bytes":
			m.memory = int(number)
		}
	}
	if m.goroutines == 0 || m.memory == 0 {
		t.Fatal("/metrics tells neither goroutines nor memory")
	}
	return m
}
