package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/countersign/countersign/proofs/site"
)

// governor is an admin who sets the grace period to one more each time, with a proof for each change.
type governor struct {
	random  *rand.Rand
	admin   *sequentialClient
	prefix  string
	made    int
	changes int

	tried, acknowledged int64
	token               string // that of the last acknowledged change
	doubtful            bool
}

// proofsOfAdmin is how many an admin gives, within reach of its steps.
const proofsOfAdmin = 15

// able tells whether it can go on before the next check.
func (g *governor) able() bool { return !g.doubtful }

// change makes one change, or one step towards it.
func (g *governor) change(ctx context.Context, c site.Client) error {
	if g.admin == nil || g.admin.calls > proofsOfAdmin { // the next one has all steps before it
		return g.appoint(ctx, c)
	}
	if !g.admin.enrolled {
		err := g.admin.enroll(ctx, c)
		g.doubtful = g.admin.doubt != nil
		return err
	}
	token, err := g.earn(ctx, c)
	if token == "" || err != nil {
		return err
	}
	policy := c.Policy(ctx)
	if !policy.OK() {
		return unexpected("the policy", policy)
	}
	g.tried++
	o := c.StepUp(token).IfMatch(policy.ETag).PatchPolicy(ctx, map[string]any{"grace_period_seconds": g.tried})
	switch {
	case o.OK():
		g.acknowledged, g.token = g.tried, token
		g.changes++
	case o.Unknown():
		g.doubtful = true
	}
	return unexpectedUnless(o.OK(), "a change of the policy", o)
}

func unexpectedUnless(ok bool, what string, o site.Outcome) error {
	if ok {
		return nil
	}
	return unexpected(what, o)
}

func (g *governor) appoint(ctx context.Context, c site.Client) error {
	sc := newSequentialClient(fmt.Sprintf("%sadmin-%d", g.prefix, g.made), g.random)
	g.made++
	sc.ofRank = true
	profile := site.Member(sc.id)
	profile.Role = "admin"
	o := c.PutUser(ctx, sc.id, profile)
	if o.OK() {
		sc.known, g.admin = true, sc
	}
	return unexpectedUnless(o.OK(), "an admin", o)
}

// earn proves the admin's next code for a token of one call.
func (g *governor) earn(ctx context.Context, c site.Client) (token string, err error) {
	p := g.admin.rightCode()
	p.proof.Audience = site.OwnAudience
	o := c.Idempotent(p.key).Verify(ctx, g.admin.id, p.proof)
	g.admin.calls++
	if err := g.admin.hear(p, o); err != nil {
		return "", fmt.Errorf("%s: %w", g.admin.id, err)
	}
	g.doubtful = g.admin.doubt != nil
	if !o.OK() {
		return "", nil
	}
	var body site.Verified
	err = json.Unmarshal(o.Body, &body)
	return body.StepUpToken, err
}

// holds reports what of the acknowledged changes does not hold any more.
func (g *governor) holds(ctx context.Context, pick func() site.Client) error {
	reader := newSequentialClient("", g.random)
	o := reader.read(func() site.Outcome { return pick().Policy(ctx) })
	var policy site.Policy
	if err := json.Unmarshal(o.Body, &policy); !o.OK() || err != nil {
		return fmt.Errorf("the policy is answered %v", o)
	}
	if policy.GracePeriodSeconds < g.acknowledged || policy.GracePeriodSeconds > g.tried {
		return fmt.Errorf("the policy is that of change %d; acknowledged is %d, tried were %d",
			policy.GracePeriodSeconds, g.acknowledged, g.tried)
	}
	if g.token != "" {
		again := reader.read(func() site.Outcome {
			return pick().StepUp(g.token).IfMatch(o.ETag).PatchPolicy(ctx, map[string]any{"grace_period_seconds": g.tried})
		})
		if !again.Is("step_up_required") {
			return fmt.Errorf("the token of an acknowledged change, presented again, is answered %v", again)
		}
	}
	g.doubtful, g.token = false, ""
	switch {
	case g.admin == nil:
	case g.admin.doubt != nil:
		g.admin = nil
	default:
		return g.admin.isAuditedAsAnswered(ctx, pick)
	}
	return nil
}
