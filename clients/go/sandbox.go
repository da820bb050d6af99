package countersign

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// AdvanceSandboxClock sets the clock of a sandbox tenant forward, by whole
// seconds, and returns the time it is there: a host's tests need not wait for
// codes and locks. Elsewhere it is ProblemCodeNotFound. Advance by 0 to read the
// clock.
func (c *Client) AdvanceSandboxClock(ctx context.Context, by time.Duration) (time.Time, error) {
	clock, err := ask[struct{ Now time.Time }](ctx, c, call{
		name: "advance sandbox clock", method: http.MethodPost, path: []string{"v1", "sandbox", "clock"},
		in: map[string]int64{"advance_seconds": int64(by / time.Second)},
	})
	return clock.Now, err
}

// GetSandboxCode reads what the app of a sandbox tenant's user shows. An empty
// factorID is the pending factor, else the active one enrolled last.
func (c *Client) GetSandboxCode(ctx context.Context, userID, factorID string) (SandboxCode, error) {
	query := url.Values{}
	text(query, "factor_id", factorID)
	return ask[SandboxCode](ctx, c, call{
		name: "get sandbox code", method: http.MethodGet, path: []string{"v1", "sandbox", "users", userID, "code"},
		query: query, repeatable: true,
	})
}

// UseSandboxPasskey does what a browser of a sandbox tenant's user would do: it makes
// a passkey from CreationOptions, for ConfirmFactor, or uses one from RequestOptions,
// for Verify. Its page is the tenant's first origin.
func (c *Client) UseSandboxPasskey(ctx context.Context, userID string, in SandboxPasskeyRequest) (SandboxPasskey, error) {
	return ask[SandboxPasskey](ctx, c, call{
		name: "use sandbox passkey", method: http.MethodPost, path: []string{"v1", "sandbox", "users", userID, "passkey"},
		in: in, repeatable: true,
	})
}
