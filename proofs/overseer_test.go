package proofs

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// overseers are users with the Users module, who earn step-up tokens for the disabling of others.
type overseers struct {
	t      *testing.T
	client site.Client
	now    func() time.Time // the tenant's clock

	made   int
	tokens []string
	earned time.Time // the oldest of them
}

// tokenPatience is well below the five minutes that a token lives.
const tokenPatience = 2 * time.Minute

// take returns n tokens, each good for one call.
func (o *overseers) take(ctx context.Context, n int) []string {
	o.t.Helper()
	if time.Since(o.earned) > tokenPatience {
		o.tokens = nil
	}
	for len(o.tokens) < n {
		o.earn(ctx)
	}
	taken := o.tokens[:n]
	o.tokens = o.tokens[n:]
	return taken
}

// earn makes a further overseer, who proves one code after the other, from the earliest within reach to the
// latest: the drift that is learned moves the window along.
func (o *overseers) earn(ctx context.Context) {
	o.t.Helper()
	if len(o.tokens) == 0 {
		o.earned = time.Now()
	}
	o.made++
	profile := site.Member(fmt.Sprintf("overseer-%d", o.made))
	profile.Role = "user_manager"
	here := site.StepAt(o.now())
	device := o.client.EnrollAs(ctx, o.t, profile.Username, profile, here-reach+1)
	o.tokens = append(o.tokens, device.StepUpToken)
	for step := device.Last + 1; step <= here+reach; step++ {
		earned := site.Read[site.Verified](o.t, o.client.Verify(ctx, device.UserID,
			site.Proof{Code: device.Code(step), Audience: site.OwnAudience}))
		o.tokens = append(o.tokens, earned.StepUpToken)
	}
}
