package site

import (
	"context"
	"encoding/json"
	"net/url"
	"testing"
	"time"
)

// User is the answer to PutUser and GetUser.
type User struct {
	UserID     string    `json:"user_id"`
	AuthSource string    `json:"auth_source"`
	Role       string    `json:"role"`
	Active     bool      `json:"active"`
	TwoFactor  TwoFactor `json:"two_factor"`
}

// TwoFactor is how a user's second factor stands.
type TwoFactor struct {
	Enabled                bool       `json:"enabled"`
	Proven                 bool       `json:"proven"`
	Methods                []string   `json:"methods"`
	Required               bool       `json:"required"`
	EnrollBy               *time.Time `json:"enroll_by"`
	EnabledAt              *time.Time `json:"enabled_at"`
	LastVerifiedAt         *time.Time `json:"last_verified_at"`
	RecoveryCodesRemaining int        `json:"recovery_codes_remaining"`
	LockedUntil            *time.Time `json:"locked_until"`
}

// Enrollment is the answer to Begin.
type Enrollment struct {
	FactorID string         `json:"factor_id"`
	TOTP     EnrollmentTOTP `json:"totp"`
}

// PasskeyEnrollment is the answer to [FactorCalls.BeginPasskey].
type PasskeyEnrollment struct {
	FactorID string            `json:"factor_id"`
	Passkey  EnrollmentPasskey `json:"passkey"`
}

// EnrollmentPasskey is what a browser makes a passkey from.
type EnrollmentPasskey struct {
	CreationOptions json.RawMessage `json:"creation_options"`
}

// Challenge is the answer to [FactorCalls.Options].
type Challenge struct {
	Passkey ChallengePasskey `json:"passkey"`
}

// ChallengePasskey is what a browser uses a passkey from.
type ChallengePasskey struct {
	State          string          `json:"state"`
	RequestOptions json.RawMessage `json:"request_options"`
	ExpiresAt      time.Time       `json:"expires_at"`
}

// EnrollmentTOTP is what an authenticator app takes in.
type EnrollmentTOTP struct {
	Secret string `json:"secret"`
}

// Confirmation is the answer to Confirm.
type Confirmation struct {
	FactorID      string    `json:"factor_id"`
	RecoveryCodes []string  `json:"recovery_codes"`
	StepUpToken   string    `json:"step_up_token"`
	NextCodeAt    time.Time `json:"next_code_at"`
}

// Resynced is the answer to Resync.
type Resynced struct {
	DriftSteps  int       `json:"drift_steps"`
	StepUpToken string    `json:"step_up_token"` // empty: null, the codes earn none
	NextCodeAt  time.Time `json:"next_code_at"`
}

// Verified is the answer to Verify and Recover.
type Verified struct {
	Method                 string  `json:"method"`
	FactorID               *string `json:"factor_id"`
	StepUpToken            string  `json:"step_up_token"`
	RecoveryCodesRemaining int     `json:"recovery_codes_remaining"`
}

// AccessPass is the answer to GiveAccessPass.
type AccessPass struct {
	AccessPass string    `json:"access_pass"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// FactorList is the answer to Factors.
type FactorList struct {
	Factors []Factor `json:"factors"`
}

// Factor is a factor without its secret.
type Factor struct {
	FactorID string     `json:"factor_id"`
	State    string     `json:"state"`
	TOTP     FactorTOTP `json:"totp"`
}

// FactorTOTP is what an authenticator app and its clock are like.
type FactorTOTP struct {
	DriftSteps int `json:"drift_steps"`
}

// Ticket is the answer to [UserCalls.Ticket].
type Ticket struct {
	Ticket    string    `json:"ticket"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Introspection is the answer to Introspect.
type Introspection struct {
	Active bool `json:"active"`
}

// Decision is the answer to Decide.
type Decision struct {
	Decision string `json:"decision"`
	Reason   string `json:"reason"`
	Ticket   string `json:"ticket"`
	// RememberedBrowser is what the browser is to keep; empty: what it has.
	RememberedBrowser IssuedBrowser `json:"remembered_browser"`
}

// Policy is the answer to [TenantCalls.Policy].
type Policy struct {
	Mandatory          bool   `json:"mandatory"`
	GracePeriodSeconds int64  `json:"grace_period_seconds"`
	Custody            string `json:"recovery_code_custody"`
	Regeneration       bool   `json:"recovery_code_regeneration"`
	EnrollmentCodes    int    `json:"enrollment_codes"`
}

// EventList is the answer to Events.
type EventList struct {
	Events     []Event `json:"events"`
	NextCursor *string `json:"next_cursor"`
}

// Event is a row of the audit trail.
type Event struct {
	EventID  string            `json:"event_id"`
	At       time.Time         `json:"at"`
	Action   string            `json:"action"`
	Outcome  string            `json:"outcome"`
	UserID   string            `json:"user_id"`
	FactorID string            `json:"factor_id"`
	Details  map[string]string `json:"details"`
}

// AllEvents reads every page of what the query selects.
func (c Client) AllEvents(ctx context.Context, t testing.TB, query url.Values) []Event {
	t.Helper()
	var all []Event
	query.Set("limit", "200")
	for {
		page := Read[EventList](t, c.Events(ctx, query))
		all = append(all, page.Events...)
		if page.NextCursor == nil {
			return all
		}
		query.Set("cursor", *page.NextCursor)
	}
}
