package site

import (
	"context"
	"net/http"
)

// Proof is what verify, confirm, resync and disable take. Which fields go together is the contract's to say.
type Proof struct {
	Code         string   `json:"code,omitempty"`
	RecoveryCode string   `json:"recovery_code,omitempty"`
	AccessPass   string   `json:"access_pass,omitempty"`
	Codes        []string `json:"codes,omitempty"`
	Reason       string   `json:"reason,omitempty"`
	Passkey      any      `json:"passkey,omitempty"` // an [Assertion], or a [Registration]

	Audience    string   `json:"audience,omitempty"`
	Action      string   `json:"action,omitempty"`
	SessionID   string   `json:"session_id,omitempty"`
	Nonce       string   `json:"nonce,omitempty"`
	FirstFactor []string `json:"first_factor,omitempty"`
}

// OwnAudience is that of step-up tokens for Countersign's own routes.
const OwnAudience = "countersign"

// FactorCalls are those about a user's second factor: what adds, proves and takes it away.
type FactorCalls struct{ *caller }

// Begin begins an enrollment, in place of an active factor unless replaces is empty.
func (c FactorCalls) Begin(ctx context.Context, userID, replaces string) Outcome {
	body := map[string]string{"type": "totp"}
	if replaces != "" {
		body["replace_factor_id"] = replaces
	}
	return c.call(ctx, http.MethodPost, userPath(userID, "factors"), body)
}

// BeginPasskey begins an enrollment of a passkey.
func (c FactorCalls) BeginPasskey(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "factors"), map[string]string{"type": "passkey"})
}

// Factors lists a user's factors.
func (c FactorCalls) Factors(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodGet, userPath(userID, "factors"), nil)
}

// RemoveFactor removes a factor.
func (c FactorCalls) RemoveFactor(ctx context.Context, userID, factorID string) Outcome {
	return c.call(ctx, http.MethodDelete, userPath(userID, "factors", factorID), nil)
}

// Confirm proves a pending factor.
func (c FactorCalls) Confirm(ctx context.Context, userID, factorID string, p Proof) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "factors", factorID, "confirm"), p)
}

// Resync teaches the drift of an active factor.
func (c FactorCalls) Resync(ctx context.Context, userID, factorID string, p Proof) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "factors", factorID, "resync"), p)
}

// Options asks for what a passkey proves; of the proof, those fields count that its token would state.
func (c FactorCalls) Options(ctx context.Context, userID string, p Proof) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "verify", "options"), p)
}

// Verify proves a code, a recovery code or a passkey.
func (c FactorCalls) Verify(ctx context.Context, userID string, p Proof) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "verify"), p)
}

// Recover proves a recovery code.
func (c FactorCalls) Recover(ctx context.Context, userID, code string) Outcome {
	return c.Verify(ctx, userID, Proof{RecoveryCode: code})
}

// GiveAccessPass gives a user a code that logs in once, within the hour.
func (c FactorCalls) GiveAccessPass(ctx context.Context, userID, reason string) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "access-passes"), map[string]any{"reason": reason, "minutes": 60})
}

// EndAccessPass takes a user's access pass back.
func (c FactorCalls) EndAccessPass(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodDelete, userPath(userID, "access-passes"), nil)
}

// Disable takes all factors away.
func (c FactorCalls) Disable(ctx context.Context, userID string, p Proof) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "disable"), p)
}

// RecoveryCodes counts a user's recovery codes.
func (c FactorCalls) RecoveryCodes(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodGet, userPath(userID, "recovery-codes"), nil)
}

// Reveal shows the unused recovery codes.
func (c FactorCalls) Reveal(ctx context.Context, userID, reason string) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "recovery-codes", "reveal"), Proof{Reason: reason})
}
