package countersign

import (
	"context"
	"net/http"
)

// VerifyOptions begins a verification by passkey: the browser turns RequestOptions
// into a credential, and Verify takes that with the State, within two minutes and once.
// What is asked for here has to be asked for there too: a passkey is proven for one
// purpose. Nothing is written. A user without a passkey is ProblemCodeNotEnrolled.
func (c *Client) VerifyOptions(ctx context.Context, userID string, in VerifyOptionsRequest) (VerifyOptions, error) {
	return ask[VerifyOptions](ctx, c, call{
		name: "verify options", method: http.MethodPost, path: []string{"v1", "users", userID, "verify", "options"},
		in: in, repeatable: true,
	})
}

// Verify proves a code, a passkey, a recovery code or an access pass, and spends it. Hosts whose
// browsers send them to Countersign themselves, with a ticket, need it not. What is
// wrong with a passkey is in the audit trail alone: the error is
// ProblemCodePasskeyInvalid for all of it.
//
// The call carries a fresh Idempotency-Key and is repeated once, with the same
// key, after a lost connection or a 503: the service then tells the first
// answer again instead of "already used". If that fails too, with ErrNoAnswer
// or ProblemCodeOutcomeUnknown, the code may or may not be spent: ask for the
// next one, or for the passkey again.
func (c *Client) Verify(ctx context.Context, userID string, in VerifyRequest) (Verification, error) {
	return ask[Verification](ctx, c, call{
		name: "verify", method: http.MethodPost, path: []string{"v1", "users", userID, "verify"},
		header: keyed(), in: in, repeatable: true,
	})
}

// DisableTwoFactor takes a user's factors and recovery codes away: with a code
// or a passkey of their own, with their own step-up token, or with an admin's and a
// reason; see WithStepUp. It is never repeated by itself.
func (c *Client) DisableTwoFactor(ctx context.Context, userID string, in DisableRequest) error {
	_, err := c.do(ctx, call{
		name: "disable two-factor", method: http.MethodPost, path: []string{"v1", "users", userID, "disable"}, in: in,
	})
	return err
}
