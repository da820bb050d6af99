package site

import (
	"context"
	"net/http"
	"net/url"
)

// Profile is what the host says of a user.
type Profile struct {
	Username    string `json:"username"`
	DisplayName string `json:"display_name,omitempty"`
	AuthSource  string `json:"auth_source"`
	Role        string `json:"role"`
	Active      bool   `json:"active"`
}

// Member is an active local user without a role.
func Member(username string) Profile {
	return Profile{Username: username, AuthSource: "local", Role: "member", Active: true}
}

// Proof is what verify, confirm, resync and disable take. Which fields go together is the contract's to say.
type Proof struct {
	Code         string   `json:"code,omitempty"`
	RecoveryCode string   `json:"recovery_code,omitempty"`
	Codes        []string `json:"codes,omitempty"`
	Reason       string   `json:"reason,omitempty"`

	Audience    string   `json:"audience,omitempty"`
	Action      string   `json:"action,omitempty"`
	SessionID   string   `json:"session_id,omitempty"`
	Nonce       string   `json:"nonce,omitempty"`
	FirstFactor []string `json:"first_factor,omitempty"`
}

// OwnAudience is that of step-up tokens for Countersign's own routes.
const OwnAudience = "countersign"

// PutUser creates or updates a user.
func (c Client) PutUser(ctx context.Context, userID string, p Profile) Outcome {
	return c.call(ctx, http.MethodPut, userPath(userID), p)
}

// GetUser reads a user.
func (c Client) GetUser(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodGet, userPath(userID), nil)
}

// DeleteUser deletes a user.
func (c Client) DeleteUser(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodDelete, userPath(userID), nil)
}

// ListUsers lists users; the query is the filter.
func (c Client) ListUsers(ctx context.Context, query url.Values) Outcome {
	return c.call(ctx, http.MethodGet, "/v1/users?"+query.Encode(), nil)
}

// Ticket issues a ticket of a purpose: login, account or admin.
func (c Client) Ticket(ctx context.Context, userID, purpose string) Outcome {
	return c.SessionTicket(ctx, userID, purpose, "")
}

// SessionTicket issues a ticket for one session of the host; an empty one is left out.
func (c Client) SessionTicket(ctx context.Context, userID, purpose, session string) Outcome {
	body := map[string]string{"purpose": purpose}
	if session != "" {
		body["session_id"] = session
	}
	return c.call(ctx, http.MethodPost, userPath(userID, "tickets"), body)
}

// Decide asks what to do with a user.
func (c Client) Decide(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodPost, "/v1/decisions", map[string]string{"user_id": userID})
}

// Begin begins an enrollment, in place of an active factor unless replaces is empty.
func (c Client) Begin(ctx context.Context, userID, replaces string) Outcome {
	body := map[string]string{"type": "totp"}
	if replaces != "" {
		body["replace_factor_id"] = replaces
	}
	return c.call(ctx, http.MethodPost, userPath(userID, "factors"), body)
}

// Factors lists a user's factors.
func (c Client) Factors(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodGet, userPath(userID, "factors"), nil)
}

// RemoveFactor removes a factor.
func (c Client) RemoveFactor(ctx context.Context, userID, factorID string) Outcome {
	return c.call(ctx, http.MethodDelete, userPath(userID, "factors", factorID), nil)
}

// Confirm proves a pending factor.
func (c Client) Confirm(ctx context.Context, userID, factorID string, p Proof) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "factors", factorID, "confirm"), p)
}

// Resync teaches the drift of an active factor.
func (c Client) Resync(ctx context.Context, userID, factorID string, p Proof) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "factors", factorID, "resync"), p)
}

// Verify proves a code or a recovery code.
func (c Client) Verify(ctx context.Context, userID string, p Proof) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "verify"), p)
}

// Recover proves a recovery code.
func (c Client) Recover(ctx context.Context, userID, code string) Outcome {
	return c.Verify(ctx, userID, Proof{RecoveryCode: code})
}

// Disable takes all factors away.
func (c Client) Disable(ctx context.Context, userID string, p Proof) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "disable"), p)
}

// RecoveryCodes counts a user's recovery codes.
func (c Client) RecoveryCodes(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodGet, userPath(userID, "recovery-codes"), nil)
}

// Reveal shows the unused recovery codes.
func (c Client) Reveal(ctx context.Context, userID, reason string) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "recovery-codes", "reveal"), Proof{Reason: reason})
}

// Policy reads the tenant's policy.
func (c Client) Policy(ctx context.Context) Outcome {
	return c.call(ctx, http.MethodGet, "/v1/policy", nil)
}

// PreviewMandate says whom a mandate would affect; its ETag is what turning it on takes.
func (c Client) PreviewMandate(ctx context.Context) Outcome {
	return c.call(ctx, http.MethodGet, "/v1/policy/preview?mandatory=true", nil)
}

// PatchPolicy changes the policy.
func (c Client) PatchPolicy(ctx context.Context, changes map[string]any) Outcome {
	return c.call(ctx, http.MethodPatch, "/v1/policy", changes)
}

// Events lists audit events, newest first; the query is the filter.
func (c Client) Events(ctx context.Context, query url.Values) Outcome {
	return c.call(ctx, http.MethodGet, "/v1/audit-events?"+query.Encode(), nil)
}

// Consume spends a step-up token.
func (c Client) Consume(ctx context.Context, token string) Outcome {
	return c.call(ctx, http.MethodPost, "/v1/tokens/consume", map[string]string{"token": token})
}

// Introspect reads a step-up token.
func (c Client) Introspect(ctx context.Context, token string) Outcome {
	return c.call(ctx, http.MethodPost, "/v1/tokens/introspect", map[string]string{"token": token})
}

// AdvanceClock sets a sandbox's clock forward. The other replicas learn of it within a second.
func (c Client) AdvanceClock(ctx context.Context, seconds int64) Outcome {
	return c.call(ctx, http.MethodPost, "/v1/sandbox/clock", map[string]int64{"advance_seconds": seconds})
}
