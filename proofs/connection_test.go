package proofs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// proxied is a site whose replicas reach the database through proxies, one each.
func proxied(t *testing.T, replicas int) (*site.Site, []*site.Proxy) {
	t.Helper()
	var proxies []*site.Proxy
	s := site.New(t, site.Options{Replicas: replicas, ReplicaURL: func(_ int, direct string) string {
		proxies = append(proxies, site.NewProxy(t, direct))
		return proxies[len(proxies)-1].URL()
	}})
	return s, proxies
}

// TestNothingAcknowledgedIsLostWhenConnectionsAreCut resets and delays the connections of both replicas under load.
func TestNothingAcknowledgedIsLostWhenConnectionsAreCut(t *testing.T) {
	t.Parallel()
	s, proxies := proxied(t, 2)
	c, seed := crashesOf(t, s)
	c.latest = 100
	c.fault = func(ctx context.Context, r *rand.Rand) error {
		for range 1 + r.IntN(8) {
			for _, p := range proxies {
				p.Set(site.Fault{
					Delay:      anyDelay(r),
					ResetAfter: 1 + r.IntN(4000), Downward: r.IntN(2) == 0,
				})
			}
			atRandom(ctx, r)
			pause(ctx, time.Duration(r.IntN(50))*time.Millisecond)
		}
		for _, p := range proxies {
			p.Set(site.Fault{})
		}
		return nil
	}
	before := measure(t.Context(), t, s.Client(0).With("Connection", "close"))
	c.run("loads whose connections are cut", 3, 1000, seed)
	if proxies[0].Struck()+proxies[1].Struck() == 0 {
		t.Error("no connection was reset: the faults miss what they are to show")
	}
	wellAgain(t.Context(), t, s, newProbe(t, s), before)
}

// anyDelay is none or short for the most part, so that much is done, and now and then as long as people wait.
func anyDelay(r *rand.Rand) time.Duration {
	switch n := r.IntN(80); {
	case n == 0:
		return 2 * time.Second
	case n < 40:
		return time.Duration(1+r.IntN(20)) * time.Millisecond
	}
	return 0
}

// TestASuccessIsCommittedAndARepetitionHasOneEffect cuts the connection at a byte anywhere in a proof, looks into the
// database past the proxy, and repeats the call under its key on another replica.
func TestASuccessIsCommittedAndARepetitionHasOneEffect(t *testing.T) {
	t.Parallel()
	seed := site.Seed(t)
	r := rand.New(rand.NewPCG(seed, 0))
	s, proxies := proxied(t, 2)
	met := map[string]int{}
	cuts := &cuts{t: t, site: s, proxy: proxies[0], db: newProbe(t, s), random: r, met: met}
	repeat := site.Repeat(t, "proofs cut at a byte", 60, 100_000, func() string { return fmt.Sprint(met) })
	for n, more := repeat.Next(); more && !t.Failed(); n, more = repeat.Next() {
		cuts.one(t.Context(), n)
	}
	t.Log(repeat)
	for _, what := range []string{"success", "unknown", "void"} {
		if met[what] == 0 && !t.Failed() {
			t.Errorf("no %s was met: the cuts miss what they are to show", what)
		}
	}
}

type cuts struct {
	t      *testing.T
	site   *site.Site
	proxy  *site.Proxy
	db     *probe
	random *rand.Rand
	client *sequentialClient
	made   int
	met    map[string]int
}

const (
	longestProof  = 4500 // bytes in either direction, for the most part
	longestCommit = 20   // as much as the message of a COMMIT has, or its answer
)

// anyCut falls anywhere in a proof, or in its COMMIT and the answer to that.
func (c *cuts) anyCut() site.Fault {
	f := site.Fault{ResetAfter: 1 + c.random.IntN(longestProof), Downward: c.random.IntN(2) == 0}
	if c.random.IntN(2) == 0 {
		f.FromCommit, f.ResetAfter = true, 1+c.random.IntN(longestCommit)
	}
	return f
}

func (c *cuts) one(ctx context.Context, n int) {
	if c.client == nil || c.client.calls > callsOfClient || c.client.codes.failures == freeFailures-1 {
		c.client = newSequentialClient(fmt.Sprintf("cut-%d", c.made), c.random)
		c.made++
		if err := c.client.enroll(ctx, c.site.Client(1)); err != nil || !c.client.enrolled {
			c.t.Fatalf("%s is not enrolled: %v", c.client.id, err)
		}
	}
	sc := c.client
	g := sc.rightCode()
	if c.random.IntN(3) == 0 {
		g = sc.wrongCode()
	}
	before := c.effects(ctx)
	c.proxy.Set(c.anyCut())
	first := c.site.Client(0).Idempotent(g.key).Verify(ctx, sc.id, g.proof)
	c.proxy.Set(site.Fault{})
	effects := c.effects(ctx) - before
	switch {
	case first.Unknown():
		c.met["unknown"]++
		if !first.Is("outcome_unknown") || first.RetryAfter == 0 {
			c.t.Errorf("proof %d: what cannot be known is answered %v, Retry-After %v", n, first, first.RetryAfter)
		}
	case first.Void():
		c.met["void"]++
		if effects != 0 {
			c.t.Errorf("proof %d is answered %v and has %d effects in the database", n, first, effects)
		}
	default:
		c.met["success"]++
		if effects != 1 {
			c.t.Errorf("proof %d is answered %v and has %d effects in the database", n, first, effects)
		}
	}
	c.repeat(ctx, g, first, before)
}

// repeat sends the proof again to the replica whose connections are whole, twice.
func (c *cuts) repeat(ctx context.Context, g guess, first site.Outcome, before int) {
	sc := c.client
	sc.calls++
	g.first = first.Call
	again := c.site.Client(1).Idempotent(g.key).Verify(ctx, sc.id, g.proof)
	if err := sc.hear(g, again); err != nil || sc.doubt != nil || sc.undecided {
		c.t.Errorf("%s: repeated with its key, after %v: %v, %v", sc.id, first, again, err)
		return
	}
	last := c.site.Client(1).Idempotent(g.key).Verify(ctx, sc.id, g.proof)
	for _, earlier := range []site.Outcome{first, again} {
		if !earlier.Unknown() && !earlier.Void() && !sameAnswer(earlier, last) {
			c.t.Errorf("%s: under one key the answers are %v %s and %v %s", sc.id, earlier, earlier.Body, last, last.Body)
		}
	}
	if effects := c.effects(ctx) - before; effects != 1 {
		c.t.Errorf("%s: a proof sent three times under its key has %d effects", sc.id, effects)
	}
}

func (c *cuts) effects(ctx context.Context) int {
	return c.db.events(ctx, c.t, c.client.id, "verification", "success") +
		c.db.events(ctx, c.t, c.client.id, "verification", "failure")
}

// sameAnswer reports that two answers say the same: a token may be signed anew, but it states the same.
func sameAnswer(one, other site.Outcome) bool {
	if one.Status != other.Status || one.Code != other.Code {
		return false
	}
	return !one.OK() || claimsOf(one) == claimsOf(other)
}

// claimsOf is what the step-up token of an answer states, and the recovery codes beside it.
func claimsOf(o site.Outcome) string {
	var body struct {
		StepUpToken   string   `json:"step_up_token"`
		RecoveryCodes []string `json:"recovery_codes"`
		Remaining     int      `json:"recovery_codes_remaining"`
	}
	_ = json.Unmarshal(o.Body, &body) // then there is no token in it
	parts := strings.Split(body.StepUpToken, ".")
	if len(parts) != 3 {
		return "no token"
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "no token"
	}
	return fmt.Sprint(string(claims), body.RecoveryCodes, body.Remaining)
}
