package countersign

import (
	"context"
	"net/http"
)

// CountRecoveryCodes tells how many recovery codes a user has, and never which.
func (c *Client) CountRecoveryCodes(ctx context.Context, userID string) (RecoveryCodeStatus, error) {
	return ask[RecoveryCodeStatus](ctx, c, call{
		name: "count recovery codes", method: http.MethodGet, path: []string{"v1", "users", userID, "recovery-codes"}, repeatable: true,
	})
}

// RevealRecoveryCodes shows the unused codes, to a step-up token that was earned
// with a code of an app, see WithStepUp: the user's own, or an admin's with a
// reason. Every look is audited, so that it is never repeated by itself.
func (c *Client) RevealRecoveryCodes(ctx context.Context, userID, reason string) ([]RecoveryCode, error) {
	in := map[string]string{}
	if reason != "" {
		in["reason"] = reason
	}
	return c.recoveryCodes(ctx, call{name: "reveal recovery codes", path: []string{"v1", "users", userID, "recovery-codes", "reveal"}, in: in})
}

// RegenerateRecoveryCodes replaces the codes with eight new ones, where the
// policy allows it, with the user's own step-up token; see WithStepUp. It is
// never repeated by itself.
func (c *Client) RegenerateRecoveryCodes(ctx context.Context, userID string) ([]RecoveryCode, error) {
	return c.recoveryCodes(ctx, call{name: "regenerate recovery codes", path: []string{"v1", "users", userID, "recovery-codes", "regenerate"}})
}

func (c *Client) recoveryCodes(ctx context.Context, op call) ([]RecoveryCode, error) {
	op.method = http.MethodPost
	shown, err := ask[struct {
		RecoveryCodes []RecoveryCode `json:"recovery_codes"`
	}](ctx, c, op)
	return shown.RecoveryCodes, err
}
