package proofs

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// managers are users with the Users module, who earn step-up tokens for the disabling of others.
type managers struct {
	t      *testing.T
	client site.Client
	now    func() time.Time // the tenant's clock

	made   int
	tokens []string
	earned time.Time // the oldest of them
}

// oldestToken is well below the five minutes that a token lives.
const oldestToken = 2 * time.Minute

// take returns n tokens, each good for one call.
func (m *managers) take(ctx context.Context, n int) []string {
	m.t.Helper()
	if time.Since(m.earned) > oldestToken {
		m.tokens = nil
	}
	for len(m.tokens) < n {
		m.earn(ctx)
	}
	taken := m.tokens[:n]
	m.tokens = m.tokens[n:]
	return taken
}

// earn makes a further manager, who proves one code after the other, from the earliest within reach to the
// latest: the drift that is learned moves the window along.
func (m *managers) earn(ctx context.Context) {
	m.t.Helper()
	if len(m.tokens) == 0 {
		m.earned = time.Now()
	}
	m.made++
	profile := site.Member(fmt.Sprintf("manager-%d", m.made))
	profile.Role = "user_manager"
	here := site.StepAt(m.now())
	device := m.client.EnrollAs(ctx, m.t, profile.Username, profile, here-reach+1)
	m.tokens = append(m.tokens, device.StepUpToken)
	for step := device.Last + 1; step <= here+reach; step++ {
		earned := site.Read[site.Verified](m.t, m.client.Verify(ctx, device.UserID,
			site.Proof{Code: device.Code(step), Audience: site.OwnAudience}))
		m.tokens = append(m.tokens, earned.StepUpToken)
	}
}
