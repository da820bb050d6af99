package proofs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/proofs/site"
)

// recovered bounds the time in which all is to be well again without anybody's help.
const recovered = 15 * time.Second

// crashes repeats load, fault and check. Seeds and durations are those of package site; the long targets are
//
//	DURATION=45m go test -timeout 60m -v -run ServeIsKilled ./proofs
//	DURATION=30m go test -timeout 60m -v -run OnSQLiteIsKilled ./proofs
//	DURATION=20m go test -timeout 60m -v -run PostgreSQLIsKilled ./proofs
//	DURATION=20m go test -timeout 60m -v -run SessionsAreTerminated ./proofs
//	DURATION=30m go test -timeout 60m -v -run ConnectionsAreCut ./proofs
//	DURATION=60m go test -timeout 90m -v -run ARepetitionHasOneEffect ./proofs
//	DURATION=30m go test -timeout 60m -v -run NoEventIsLostOnItsWayOut ./proofs
type crashes struct {
	t           *testing.T
	site        *site.Site
	random      *rand.Rand
	policyAdmin *policyAdmin
	managers    *managers // who give access passes; nil: nobody does
	seen        tally
	// fault does the damage and repairs what an operator would; the load still runs. earliest and latest say
	// after how many calls it comes.
	fault            func(ctx context.Context, r *rand.Rand) error
	faultUnderLoad   func(ctx context.Context, l *load, r *rand.Rand) error // in place of fault, if it needs the load
	earliest, latest int
	awaits           func(ctx context.Context) error // before each load; nil: nothing
	held             func(l *load)                   // is told of a load that holds; nil: nobody
	// losesAnswers: a long run must have met a call whose answer was lost.
	losesAnswers bool
}

func newCrashes(t *testing.T, o site.Options) (*crashes, uint64) {
	t.Helper()
	return crashesOf(t, site.New(t, o))
}

// crashesOf gives the policy admin randomness of its own, since it works beside the faults.
func crashesOf(t *testing.T, s *site.Site) (*crashes, uint64) {
	t.Helper()
	seed := site.Seed(t)
	return &crashes{
		t: t, site: s, random: rand.New(rand.NewPCG(seed, 0)), policyAdmin: &policyAdmin{random: rand.New(rand.NewPCG(seed, 1))},
		earliest: 20, latest: 220,
	}, seed
}

func (c *crashes) run(what string, short, long int, seed uint64) {
	c.t.Helper()
	repeat := site.Repeat(c.t, what, short, long, c.seen.String)
	for cycle, more := repeat.Next(); more && !c.t.Failed(); cycle, more = repeat.Next() {
		if err := c.cycle(cycle, seed); err != nil {
			c.t.Errorf("cycle %d of seed %d: %v", cycle, seed, err)
		}
	}
	c.t.Log(repeat)
	if !c.t.Failed() {
		c.seen.enough(c.t, c.losesAnswers && repeat.Long())
	}
}

func (c *crashes) cycle(cycle int, seed uint64) error {
	ctx := c.t.Context()
	if c.awaits != nil {
		if err := c.awaits(ctx); err != nil {
			return err
		}
	}
	at := int64(c.earliest + c.random.IntN(c.latest-c.earliest))
	var tokens []string
	if c.managers != nil {
		tokens = c.managers.take(ctx, passesOfCycle)
	}
	l := startLoad(ctx, c.site, c.policyAdmin, tokens, cycle, seed, at)
	<-l.strike
	err := c.strike(ctx, l)
	l.stop()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := c.ready(ctx); err != nil {
		return err
	}
	c.seen.ready(time.Since(began))
	c.seen.take(l)
	err = l.holds(ctx)
	c.seen.late(l)
	if c.held != nil {
		c.held(l)
	}
	return err
}

func (c *crashes) strike(ctx context.Context, l *load) error {
	if c.faultUnderLoad != nil {
		return c.faultUnderLoad(ctx, l, c.random)
	}
	return c.fault(ctx, c.random)
}

func (c *crashes) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, recovered)
	defer cancel()
	for _, r := range c.site.Replicas {
		if err := r.Ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// atRandom waits for a moment within the next few calls, so that the fault falls anywhere in one.
func atRandom(ctx context.Context, r *rand.Rand) {
	pause(ctx, time.Duration(r.IntN(5000))*time.Microsecond)
}

func (c *crashes) killServe(ctx context.Context, r *rand.Rand) error {
	atRandom(ctx, r)
	struck := []*site.Replica{c.site.Replicas[r.IntN(len(c.site.Replicas))]}
	if r.IntN(4) == 0 {
		struck = c.site.Replicas
	}
	return killAndStart(struck)
}

func killAndStart(struck []*site.Replica) error {
	for _, replica := range struck {
		if err := replica.Kill(); err != nil {
			return err
		}
	}
	for _, replica := range struck {
		if err := replica.Start(); err != nil {
			return err
		}
	}
	return nil
}

// TestNothingAcknowledgedIsLostWhenServeIsKilled kills one of two replicas, or both, under load.
func TestNothingAcknowledgedIsLostWhenServeIsKilled(t *testing.T) {
	t.Parallel()
	c, seed := newCrashes(t, site.Options{Replicas: 2})
	c.fault, c.losesAnswers = c.killServe, true
	c.managers = &managers{t: t, client: c.site.Client(0), now: time.Now}
	c.run("kills of serve", 3, 1000, seed)
}

// TestNothingAcknowledgedIsLostWhenServeOnSQLiteIsKilled kills the only process mid-write.
func TestNothingAcknowledgedIsLostWhenServeOnSQLiteIsKilled(t *testing.T) {
	t.Parallel()
	c, seed := newCrashes(t, site.Options{SQLite: true})
	c.fault, c.losesAnswers = c.killServe, true
	c.managers = &managers{t: t, client: c.site.Client(0), now: time.Now}
	c.run("kills of serve on SQLite", 3, 500, seed)
}

// TestNothingAcknowledgedIsLostWhenPostgreSQLIsKilled kills the database, or stops it in the immediate mode, while
// serve lives on: /readyz turns red, and green again by itself.
func TestNothingAcknowledgedIsLostWhenPostgreSQLIsKilled(t *testing.T) {
	t.Parallel()
	c, seed := newCrashes(t, site.Options{Replicas: 2})
	c.fault, c.losesAnswers = c.killPostgres, true
	c.run("kills of PostgreSQL", 2, 200, seed)
}

func (c *crashes) killPostgres(ctx context.Context, r *rand.Rand) error {
	atRandom(ctx, r)
	end := c.site.Cluster.Kill
	if r.IntN(2) == 0 {
		end = func() error { return c.site.Cluster.Stop(pgtest.Immediate) }
	}
	if err := end(); err != nil {
		return err
	}
	for n := range c.site.Replicas {
		if err := c.turnsRed(ctx, n); err != nil {
			return err
		}
	}
	return restart(ctx, c.site.Cluster)
}

// turnsRed waits until a replica says that it is not ready, which takes it a probe.
func (c *crashes) turnsRed(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, recovered)
	defer cancel()
	for {
		o := c.site.Client(n).Call(ctx, "GET", "/readyz", nil)
		if o.Status == 503 {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("without its database %s is answered for by /readyz with %v", c.site.Replicas[n].Name, o)
		}
		pause(ctx, 50*time.Millisecond)
	}
}

// restart starts a server that was killed as a supervisor would: until it comes. Its last processes may hold on to what
// it needs for a moment after the first of them has ended.
func restart(ctx context.Context, cluster *pgtest.Cluster) error {
	ctx, cancel := context.WithTimeout(ctx, recovered)
	defer cancel()
	for {
		err := cluster.Restart()
		if err == nil || ctx.Err() != nil {
			return err
		}
		pause(ctx, 50*time.Millisecond)
	}
}

// TestNothingAcknowledgedIsLostWhenSessionsAreTerminated has the database end all sessions of serve, again and again.
func TestNothingAcknowledgedIsLostWhenSessionsAreTerminated(t *testing.T) {
	t.Parallel()
	c, seed := newCrashes(t, site.Options{Replicas: 2})
	db := newProbe(t, c.site)
	c.fault = func(ctx context.Context, r *rand.Rand) error {
		for range 1 + r.IntN(8) {
			atRandom(ctx, r)
			if err := db.terminateSessions(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	before := measure(t.Context(), t, c.site.Client(0).With("Connection", "close"))
	c.run("times that all sessions are terminated", 3, 200, seed)
	wellAgain(t.Context(), t, c.site, db, before)
}
