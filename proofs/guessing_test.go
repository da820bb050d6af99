package proofs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

const (
	guessers    = 24 // that guess at once, each time over another connection mostly
	firstRound  = 48 // guesses at each user
	laterRounds = 10
)

// guessing is all the guesses at all targets.
type guessing struct {
	t          *testing.T
	site       *site.Site
	managers   *managers
	users      *site.Repetition
	targets    []*target
	offset     time.Duration // of the sandbox's clock
	roundBegan time.Time     // when the last round began
	random     *rand.Rand

	mu     sync.Mutex
	waits  int
	sent   int
	hungUp int
	told   int // of a wait, with the failure that began it
}

func (f *guessing) state() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprintf("%d guesses, %d of them not waited for; %d failures told of the wait they began; %d waits have passed",
		f.sent, f.hungUp, f.told, f.waits)
}

func (f *guessing) now() time.Time { return time.Now().Add(f.offset) }

// sleep lets time pass in the sandbox, for every replica: one that is asked to advance the clock, by nothing
// even, forgets what it remembered of the tenant.
func (f *guessing) sleep(ctx context.Context, d time.Duration) {
	f.t.Helper()
	f.offset += d
	f.mu.Lock()
	f.waits++
	f.mu.Unlock()
	for i := range f.site.Replicas {
		site.Read[struct{ Now time.Time }](f.t, f.site.Client(i).AdvanceClock(ctx, int64(d/time.Second)))
		d = 0
	}
}

// guessAtAll is one round: it guesses at every user whose lanes shall have so many failures, from many connections at once.
func (f *guessing) guessAtAll(ctx context.Context, failures int) {
	f.t.Helper()
	f.roundBegan = time.Now()
	each := laterRounds
	if failures == freeFailures {
		each = firstRound
	}
	queue := make(chan attempt, len(f.targets)*each)
	turn := f.random.IntN(len(ways))
	for n := range each {
		for _, g := range f.targets {
			queue <- attempt{target: g, way: wayOf(turn+n/2, n%2 == 1), hangsUp: n%3 == 2}
		}
	}
	close(queue)
	var running sync.WaitGroup
	for range guessers {
		r := rand.New(rand.NewPCG(f.random.Uint64(), 0))
		running.Go(func() {
			for g := range queue {
				if g.suffers(failures) {
					f.guess(ctx, r, g, failures)
				}
				f.users.Tell()
			}
		})
	}
	running.Wait()
}

// guess sends one wrong proof. Its lane shall have so many failures at the end of the round.
func (f *guessing) guess(ctx context.Context, r *rand.Rand, g attempt, failures int) {
	c := f.credential(ctx, r, g)
	if g.hangsUp {
		c = c.HangingUp()
	}
	outcome := g.send(ctx, c, g.target, wrongProof{r: r, target: g.target, here: site.StepAt(f.now())})
	g.answered(outcome)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent++
	if g.hangsUp && outcome.Unknown() {
		f.hungUp++
	} else if outcome.OK() || outcome.Unknown() || outcome.Status < 400 || outcome.Status >= 500 {
		f.t.Errorf("%s: a wrong proof by %s is answered %v", g.UserID, g.name, outcome)
	}
	if outcome.Is("code_invalid") && !mayTell(failures, outcome.RetryAfter) {
		f.t.Errorf("%s: one of the wrong proofs until failure %d is answered with Retry-After %v", g.UserID, failures, outcome.RetryAfter)
	}
	if outcome.Is("code_invalid") && outcome.RetryAfter > 0 {
		f.told++
	}
}

// credential is the service key, or a ticket that is new each time.
func (f *guessing) credential(ctx context.Context, r *rand.Rand, g attempt) site.Client {
	c := f.site.Client(r.IntN(3))
	if chance(r, 33) {
		return c
	}
	answer := c.Ticket(ctx, g.UserID, "account")
	if g.login && chance(r, 50) {
		answer = c.Decide(ctx, g.UserID)
	}
	var ticket site.Ticket
	if err := answer.Decode(&ticket); err != nil || ticket.Ticket == "" {
		f.t.Errorf("%s: no ticket: %v", g.UserID, answer)
	}
	return c.As(ticket.Ticket)
}
