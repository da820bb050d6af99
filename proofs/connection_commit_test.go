package proofs

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// commitFaults are the ways to spoil a COMMIT: what it asked for holds, or it does not, and serve cannot tell. Citus
// reports a node that is gone, and a server without its synchronous standby that somebody has cancelled the wait for it.
var commitFaults = map[string]site.Fault{
	"the answer is lost":              {Commit: site.LoseAnswer},
	"the COMMIT is lost":              {Commit: site.LoseCommit},
	"an ERROR of a node that is gone": {Commit: site.SayError, Message: site.ServerMessage{SQLState: "08006"}},
	"an internal ERROR":               {Commit: site.SayError, Message: site.ServerMessage{SQLState: "XX000"}},
	"a WARNING":                       {Commit: site.SayWarning, Message: site.ServerMessage{SQLState: "01000"}},
}

// TestACommitThatWasCutIsUnknownAndNeverASuccess spoils the COMMIT of every kind of change.
func TestACommitThatWasCutIsUnknownAndNeverASuccess(t *testing.T) {
	t.Parallel()
	s, proxies := proxied(t, 2)
	db := newProbe(t, s)
	n := 0
	for name, fault := range commitFaults {
		t.Run(name, func(t *testing.T) {
			n++
			c := &cutCommits{t: t, site: s, proxy: proxies[0], fault: fault, db: db, prefix: fmt.Sprintf("commit-%d", n)}
			t.Run("verify", c.verify)
			t.Run("wrong code", c.wrongCode)
			t.Run("the failure that begins a wait", c.closingCode)
			t.Run("recovery code", c.recover)
			t.Run("confirm", c.confirm)
			t.Run("changes without a key", c.keyless)
		})
	}
}

type cutCommits struct {
	t      *testing.T
	site   *site.Site
	proxy  *site.Proxy
	fault  site.Fault
	db     *probe
	prefix string
	made   int
}

func (c *cutCommits) enrolled(t *testing.T) *sequentialClient {
	t.Helper()
	sc := c.named()
	if err := sc.enroll(t.Context(), c.site.Client(1)); err != nil || !sc.enrolled {
		t.Fatalf("not enrolled: %v", err)
	}
	return sc
}

func (c *cutCommits) named() *sequentialClient {
	c.made++
	return newSequentialClient(fmt.Sprintf("%s-%d", c.prefix, c.made), rand.New(rand.NewPCG(1, uint64(c.made))))
}

// cut makes a call whose COMMIT is spoilt, and wants it answered as unknown.
func (c *cutCommits) cut(t *testing.T, call func(site.Client) site.Outcome) {
	t.Helper()
	struck := c.proxy.Struck()
	c.proxy.Set(c.fault)
	o := call(c.site.Client(0))
	c.proxy.Set(site.Fault{})
	if c.proxy.Struck() != struck+1 {
		t.Errorf("%d COMMITs were cut, want 1", c.proxy.Struck()-struck)
	}
	if o.Status != 503 || !o.Is("outcome_unknown") || o.RetryAfter < time.Second {
		t.Errorf("a COMMIT that was cut is answered %v, Retry-After %v; want 503 outcome_unknown", o, o.RetryAfter)
	}
}

// repeat makes the call again on both replicas, and wants one answer of them.
func (c *cutCommits) repeat(t *testing.T, call func(site.Client) site.Outcome) site.Outcome {
	t.Helper()
	again := call(c.site.Client(1))
	if last := call(c.site.Client(0)); !sameAnswer(again, last) {
		t.Errorf("under one key the answers are %v and %v\n%s\n%s", again, last, again.Body, last.Body)
	}
	return again
}

func (c *cutCommits) verify(t *testing.T) {
	c.proofIsSpentOnce(t, c.enrolled(t), (*sequentialClient).rightCode)
}
func (c *cutCommits) recover(t *testing.T) {
	c.proofIsSpentOnce(t, c.enrolled(t), (*sequentialClient).unusedRecoveryCode)
}

func (c *cutCommits) proofIsSpentOnce(t *testing.T, sc *sequentialClient, proof func(*sequentialClient) guess) {
	g := proof(sc)
	call := func(client site.Client) site.Outcome {
		return client.Idempotent(g.key).Verify(t.Context(), sc.id, g.proof)
	}
	c.cut(t, call)
	if o := c.repeat(t, call); !o.OK() {
		t.Errorf("the same key again is answered %v, want success", o)
	}
	if n := c.db.events(t.Context(), t, sc.id, "verification", "success"); n != 1 {
		t.Errorf("%d proofs were spent, want 1", n)
	}
	g.key = sc.key()
	if o := call(c.site.Client(1)); !o.Is("code_invalid") {
		t.Errorf("the spent proof under another key is answered %v", o)
	}
}

// wrongCode: the failure counts once, so that four more are evaluated before the lane closes.
func (c *cutCommits) wrongCode(t *testing.T) {
	sc, ctx := c.enrolled(t), t.Context()
	g := sc.wrongCode()
	call := func(client site.Client) site.Outcome { return client.Idempotent(g.key).Verify(ctx, sc.id, g.proof) }
	c.cut(t, call)
	if err := sc.hear(g, c.repeat(t, call)); err != nil {
		t.Error(err)
	}
	if n := c.db.events(ctx, t, sc.id, "verification", "failure"); n != 1 {
		t.Errorf("the wrong code was counted %d times, want once", n)
	}
	pick := func() site.Client { return c.site.Client(1) }
	if err := sc.refutedUntilClosed(ctx, pick, &sc.codes, sc.wrongCode); err != nil {
		t.Error(err)
	}
	if sc.codes.failures != freeFailures {
		t.Errorf("the lane closed after %d failures, want %d", sc.codes.failures, freeFailures)
	}
}

// closingCode: whoever repeats the failure that began a wait is told what is left of it.
func (c *cutCommits) closingCode(t *testing.T) {
	sc, ctx := c.enrolled(t), t.Context()
	for range freeFailures - 1 {
		if err := sc.prove(ctx, c.site.Client(1), sc.wrongCode()); err != nil {
			t.Fatal(err)
		}
	}
	g := sc.wrongCode()
	began := time.Now()
	call := func(client site.Client) site.Outcome { return client.Idempotent(g.key).Verify(ctx, sc.id, g.proof) }
	c.cut(t, call)
	again := c.repeat(t, call)
	sc.codes.fail(began, again.Return)
	for _, o := range []site.Outcome{again, call(c.site.Client(0)), call(c.site.Client(1))} {
		if err := sc.codes.tells(o); err != nil || !o.Is("code_invalid") || o.RetryAfter == 0 {
			t.Errorf("the call again is answered %v: %v", o, err)
		}
	}
	if n := c.db.events(ctx, t, sc.id, "lane.locked", "refused"); n != 1 {
		t.Errorf("the wait is on record %d times, want once", n)
	}
}

// confirm: the recovery codes, which no other call shows, come with the repetition.
func (c *cutCommits) confirm(t *testing.T) {
	sc, ctx := c.named(), t.Context()
	site.Read[site.User](t, c.site.Client(1).PutUser(ctx, sc.id, site.Member(sc.id)))
	begun := site.Read[site.Enrollment](t, c.site.Client(1).Begin(ctx, sc.id, ""))
	device, err := site.NewAuthenticator(begun.TOTP.Secret)
	if err != nil {
		t.Fatal(err)
	}
	proof := site.Proof{Codes: device.Pair(site.StepAt(time.Now()) - 3)}
	call := func(client site.Client) site.Outcome {
		return client.Idempotent(sc.id).Confirm(ctx, sc.id, begun.FactorID, proof)
	}
	c.cut(t, call)
	confirmed := site.Read[site.Confirmation](t, c.repeat(t, call))
	if n := c.db.events(ctx, t, sc.id, "enrollment.confirmed", "success"); n != 1 {
		t.Errorf("%d factors were confirmed, want 1", n)
	}
	if o := c.site.Client(0).Recover(ctx, sc.id, confirmed.RecoveryCodes[7]); !o.OK() {
		t.Errorf("a recovery code of the repeated answer is answered %v", o)
	}
}

// keyless changes take no key; their callers read what became of them.
func (c *cutCommits) keyless(t *testing.T) {
	sc, ctx := c.enrolled(t), t.Context()
	happened := c.fault.Commit != site.LoseCommit
	c.cut(t, func(client site.Client) site.Outcome {
		profile := site.Member(sc.id)
		profile.DisplayName = "Another Name"
		return client.PutUser(ctx, sc.id, profile)
	})
	c.cut(t, func(client site.Client) site.Outcome { return client.Disable(ctx, sc.id, sc.rightCode().proof) })
	user := site.Read[site.User](t, c.site.Client(1).GetUser(ctx, sc.id))
	if user.TwoFactor.Enabled == happened {
		t.Errorf("enabled %t after the disable, whose answer was unknown", user.TwoFactor.Enabled)
	}
	a := &policyAdmin{random: sc.random, prefix: c.prefix}
	for a.token == "" {
		if err := a.change(ctx, c.site.Client(1)); err != nil {
			t.Fatal(err)
		}
	}
	token, err := a.earn(ctx, c.site.Client(1))
	if err != nil {
		t.Fatal(err)
	}
	etag := c.site.Client(1).Policy(ctx).ETag
	patch := func(client site.Client) site.Outcome {
		return client.StepUp(token).IfMatch(etag).PatchPolicy(ctx, map[string]any{"grace_period_seconds": 7777})
	}
	c.cut(t, patch)
	policy := site.Read[site.Policy](t, c.site.Client(1).Policy(ctx))
	if (policy.GracePeriodSeconds == 7777) != happened {
		t.Errorf("the grace period is %d after a change whose answer was unknown", policy.GracePeriodSeconds)
	}
	if o := patch(c.site.Client(1)); o.OK() == happened {
		t.Errorf("the change again, with the same token, is answered %v", o)
	}
}

// TestAProofThatWasCommittedIsNotCalledRefusedWhenTheDatabaseGoesAway lets the answer of the COMMIT come late, and the
// database be gone when it has come. Then the proof is spent, and nobody may be told that nothing was accepted.
func TestAProofThatWasCommittedIsNotCalledRefusedWhenTheDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, proxies := proxied(t, 2)
	sc := newSequentialClient("gone", rand.New(rand.NewPCG(1, 1)))
	if err := sc.enroll(ctx, s.Client(1)); err != nil || !sc.enrolled {
		t.Fatalf("not enrolled: %v", err)
	}
	g := sc.rightCode()
	proxies[0].Set(site.Fault{Commit: site.HoldAnswer})
	answered := make(chan site.Outcome)
	go func() { answered <- s.Client(0).Idempotent(g.key).Verify(ctx, sc.id, g.proof) }()
	for proxies[0].Struck() == 0 && ctx.Err() == nil {
		pause(ctx, 10*time.Millisecond)
	}
	pause(ctx, 1500*time.Millisecond) // what a replica remembers is a second old at most
	proxies[0].Set(site.Fault{Refuse: true})
	o := <-answered
	proxies[0].Set(site.Fault{})
	if n := newProbe(t, s).events(ctx, t, sc.id, "verification", "success"); n != 1 {
		t.Fatalf("%d proofs are in the database, want the one that was committed", n)
	}
	if !o.OK() && !o.Is("outcome_unknown") {
		t.Errorf("a proof that is spent is answered %v; want success, or outcome_unknown", o)
	}
	if err := sc.prove(ctx, s.Client(1), g); err != nil || sc.doubt != nil || sc.undecided {
		t.Errorf("%s repeated with its key is not answered as it should be: %v", g, err)
	}
}
