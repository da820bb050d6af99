package proofs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

const (
	crashWorkers  = 5  // clients at once, besides the one that sets the policy
	callsOfClient = 14 // so that its steps suffice
	checksAtOnce  = 4
	mostVoids     = 4 // with a replica, or the database, that is not there
)

// load is what the clients do while something is killed.
type load struct {
	site  *site.Site
	cycle int
	seed  uint64

	stopped  atomic.Bool
	begun    atomic.Int64
	refused  atomic.Int64 // calls that were not decided
	struckAt int64
	strike   chan struct{} // closed when so many calls have begun

	mu          sync.Mutex
	clients     []*sequentialClient
	errs        []error
	policyAdmin *policyAdmin
	tokens      chan string // of managers, each for one access pass
	running     sync.WaitGroup
}

// startLoad lets the clients begin. The strike is due after so many calls.
func startLoad(ctx context.Context, s *site.Site, a *policyAdmin, tokens []string, cycle int, seed uint64, strikeAt int64) *load {
	l := &load{tokens: make(chan string, len(tokens)), site: s, cycle: cycle, seed: seed, struckAt: strikeAt, strike: make(chan struct{}), policyAdmin: a}
	for _, token := range tokens {
		l.tokens <- token
	}
	for n := range crashWorkers {
		l.running.Go(func() { l.work(ctx, n) })
	}
	l.running.Go(func() { l.changePolicies(ctx) })
	return l
}

// stop waits until every client has its last answer.
func (l *load) stop() {
	l.stopped.Store(true)
	l.running.Wait()
}

// picker returns clients of any replica at random.
func (l *load) picker(r *rand.Rand) func() site.Client {
	return func() site.Client {
		if l.begun.Add(1) == l.struckAt {
			close(l.strike)
		}
		return l.site.Client(r.IntN(len(l.site.Replicas)))
	}
}

func (l *load) work(ctx context.Context, worker int) {
	r := rand.New(rand.NewPCG(l.seed, uint64(l.cycle*100+worker)))
	pick := l.picker(r)
	for n := 0; !l.stopped.Load(); n++ {
		sc := newSequentialClient(fmt.Sprintf("client-%d-%d-%d", l.cycle, worker, n), r)
		err := l.live(ctx, sc, pick)
		if !sc.known && err == nil { // a client that is sent away does not come back at once
			pause(ctx, 20*time.Millisecond)
			continue
		}
		l.mu.Lock()
		l.clients = append(l.clients, sc)
		if err != nil {
			l.errs = append(l.errs, err)
		}
		l.mu.Unlock()
	}
}

// live is the life of one client: it ends with its calls, a doubt or the load.
func (l *load) live(ctx context.Context, sc *sequentialClient, pick func() site.Client) error {
	for voids := 0; !sc.enrolled; voids++ {
		if sc.doubt != nil || voids == mostVoids || l.stopped.Load() {
			return nil
		}
		if err := l.note(sc, sc.enroll(ctx, pick())); err != nil {
			return err
		}
	}
	if goesOn, err := l.give(ctx, sc, pick); !goesOn {
		return err
	}
	for range callsOfClient {
		if l.stopped.Load() || sc.doubt != nil || sc.ended {
			return nil
		}
		if err := l.note(sc, sc.prove(ctx, pick(), sc.anyGuess())); err != nil {
			return err
		}
	}
	return nil
}

// note counts the calls that were not decided.
func (l *load) note(sc *sequentialClient, err error) error {
	if sc.undecided || sc.doubt != nil {
		l.refused.Add(1)
	}
	return err
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (l *load) changePolicies(ctx context.Context) {
	r := rand.New(rand.NewPCG(l.seed, uint64(l.cycle*100+99)))
	pick := l.picker(r)
	for !l.stopped.Load() && l.policyAdmin.able() {
		if err := l.policyAdmin.change(ctx, pick()); err != nil {
			l.mu.Lock()
			l.errs = append(l.errs, err)
			l.mu.Unlock()
			return
		}
	}
}

// holds checks everything that was answered.
func (l *load) holds(ctx context.Context) error {
	todo := make(chan *sequentialClient, len(l.clients))
	for _, sc := range l.clients {
		todo <- sc
	}
	close(todo)
	var checking sync.WaitGroup
	for n := range checksAtOnce {
		checking.Go(func() {
			pick := l.picker(rand.New(rand.NewPCG(l.seed, uint64(l.cycle*100+50+n))))
			for sc := range todo {
				if err := sc.holds(ctx, pick); err != nil {
					l.mu.Lock()
					l.errs = append(l.errs, err)
					l.mu.Unlock()
				}
			}
		})
	}
	checking.Wait()
	pick := l.picker(rand.New(rand.NewPCG(l.seed, uint64(l.cycle*100+98))))
	l.errs = append(l.errs, l.policyAdmin.holds(ctx, pick))
	return errors.Join(l.errs...)
}

const lostAnswer = "call whose answer was lost"

// tally is what a run of many cycles has seen.
type tally struct {
	mu                                              sync.Mutex
	cycles, users, calls, voids, doubts             int
	policies                                        int
	slowest                                         time.Duration // until ready again
	enrolled, proven, refuted, disabled, recoveries int
	passes                                          int
}

// take adds a load, before its doubts are settled.
func (y *tally) take(l *load) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.cycles++
	for _, sc := range l.clients {
		y.users++
		y.calls += sc.calls
		y.enrolled += sc.answered[confirmedEvent]
		y.proven += sc.answered[provenEvent]
		y.recoveries += len(sc.used)
		y.passes += sc.passes
		y.refuted += sc.answered[refutedEvent]
		y.disabled += sc.answered[disabledEvent]
		sc.voids = 0 // those to come are another matter
		if sc.doubt != nil {
			y.doubts++
		}
	}
	y.policies = l.policyAdmin.changes
}

func (y *tally) ready(took time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.slowest = max(y.slowest, took)
}

func (y *tally) String() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return fmt.Sprintf("%d users, %d calls; acknowledged: %d enrollments, %d proofs (%d recovery codes, %d access passes), %d failures, "+
		"%d disables, %d policies; %d calls without an answer settled; ready again after %v at most, %d calls refused after that",
		y.users, y.calls, y.enrolled, y.proven, y.recoveries, y.passes, y.refuted, y.disabled, y.policies, y.doubts,
		y.slowest.Round(time.Millisecond), y.voids)
}

// late counts the calls that were refused although all was well again, for the time being.
func (y *tally) late(l *load) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, sc := range l.clients {
		y.voids += sc.voids
	}
}

// enough fails a run in which the crashes hit nothing. Not every run need lose an answer.
func (y *tally) enough(t *testing.T, losesAnswers bool) {
	t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	for what, n := range map[string]int{
		"enrollment": y.enrolled, "proof": y.proven, "recovery": y.recoveries, "failure": y.refuted,
		"change of the policy": y.policies, lostAnswer: y.doubts,
	} {
		if n == 0 && (losesAnswers || what != lostAnswer) {
			t.Errorf("no %s was met: the load misses what it is to show", what)
		}
	}
}
