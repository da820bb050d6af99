package countersign

import (
	"context"
	"net/http"
)

// Verify proves a code or a recovery code, and spends it. Hosts whose browsers
// send codes to Countersign themselves, with a ticket, need it not.
//
// The call carries a fresh Idempotency-Key and is repeated once, with the same
// key, after a lost connection or a 503: the service then tells the first
// answer again instead of "already used". If that fails too, with ErrNoAnswer
// or ProblemCodeOutcomeUnknown, the code may or may not be spent: ask for the
// next one.
func (c *Client) Verify(ctx context.Context, userID string, in VerifyRequest) (Verification, error) {
	return ask[Verification](ctx, c, call{
		name: "verify", method: http.MethodPost, path: []string{"v1", "users", userID, "verify"},
		header: keyed(), in: in, repeatable: true,
	})
}

// DisableTwoFactor takes a user's factors and recovery codes away: with a code
// of their own, with their own step-up token, or with an admin's and a reason;
// see WithStepUp. It is never repeated by itself.
func (c *Client) DisableTwoFactor(ctx context.Context, userID string, in DisableRequest) error {
	_, err := c.do(ctx, call{
		name: "disable two-factor", method: http.MethodPost, path: []string{"v1", "users", userID, "disable"}, in: in,
	})
	return err
}
