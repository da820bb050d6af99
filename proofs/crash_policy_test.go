package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/countersign/countersign/proofs/site"
)

// policyAdmin is an admin who sets the grace period to one more each time, with a proof for each change.
type policyAdmin struct {
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
func (a *policyAdmin) able() bool { return !a.doubtful }

// change makes one change, or one step towards it.
func (a *policyAdmin) change(ctx context.Context, c site.Client) error {
	if a.admin == nil || a.admin.calls > proofsOfAdmin { // the next one has all steps before it
		return a.createAdmin(ctx, c)
	}
	if !a.admin.enrolled {
		err := a.admin.enroll(ctx, c)
		a.doubtful = a.admin.doubt != nil
		return err
	}
	token, err := a.earn(ctx, c)
	if token == "" || err != nil {
		return err
	}
	policy := c.Policy(ctx)
	if !policy.OK() {
		return unexpected("the policy", policy)
	}
	a.tried++
	o := c.StepUp(token).IfMatch(policy.ETag).PatchPolicy(ctx, map[string]any{"grace_period_seconds": a.tried})
	switch {
	case o.OK():
		a.acknowledged, a.token = a.tried, token
		a.changes++
	case o.Unknown():
		a.doubtful = true
	}
	return unexpectedUnless(o.OK(), "a change of the policy", o)
}

func unexpectedUnless(ok bool, what string, o site.Outcome) error {
	if ok {
		return nil
	}
	return unexpected(what, o)
}

func (a *policyAdmin) createAdmin(ctx context.Context, c site.Client) error {
	sc := newSequentialClient(fmt.Sprintf("%sadmin-%d", a.prefix, a.made), a.random)
	a.made++
	sc.admin = true
	profile := site.Member(sc.id)
	profile.Role = "admin"
	o := c.PutUser(ctx, sc.id, profile)
	if o.OK() {
		sc.known, a.admin = true, sc
	}
	return unexpectedUnless(o.OK(), "an admin", o)
}

// earn proves the admin's next code for a token of one call.
func (a *policyAdmin) earn(ctx context.Context, c site.Client) (token string, err error) {
	p := a.admin.rightCode()
	p.proof.Audience = site.OwnAudience
	o := c.Idempotent(p.key).Verify(ctx, a.admin.id, p.proof)
	a.admin.calls++
	if err := a.admin.hear(p, o); err != nil {
		return "", fmt.Errorf("%s: %w", a.admin.id, err)
	}
	a.doubtful = a.admin.doubt != nil
	if !o.OK() {
		return "", nil
	}
	var body site.Verified
	err = json.Unmarshal(o.Body, &body)
	return body.StepUpToken, err
}

// holds reports what of the acknowledged changes does not hold any more.
func (a *policyAdmin) holds(ctx context.Context, pick func() site.Client) error {
	reader := newSequentialClient("", a.random)
	o := reader.read(func() site.Outcome { return pick().Policy(ctx) })
	var policy site.Policy
	if err := json.Unmarshal(o.Body, &policy); !o.OK() || err != nil {
		return fmt.Errorf("the policy is answered %v", o)
	}
	if policy.GracePeriodSeconds < a.acknowledged || policy.GracePeriodSeconds > a.tried {
		return fmt.Errorf("the policy is that of change %d; acknowledged is %d, tried were %d",
			policy.GracePeriodSeconds, a.acknowledged, a.tried)
	}
	if a.token != "" {
		again := reader.read(func() site.Outcome {
			return pick().StepUp(a.token).IfMatch(o.ETag).PatchPolicy(ctx, map[string]any{"grace_period_seconds": a.tried})
		})
		if !again.Is("step_up_required") {
			return fmt.Errorf("the token of an acknowledged change, presented again, is answered %v", again)
		}
	}
	a.doubtful, a.token = false, ""
	switch {
	case a.admin == nil:
	case a.admin.doubt != nil:
		a.admin = nil
	default:
		return a.admin.isAuditedAsAnswered(ctx, pick)
	}
	return nil
}
