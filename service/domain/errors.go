package domain

import (
	"errors"
	"time"
)

// Code is the stable, machine-readable name of an error. Callers outside this
// repository are written against these values.
type Code string

// The codes a caller can meet. One table in package api gives each its status.
const (
	CodeInvalidRequest         Code = "invalid_request"
	CodeReasonRequired         Code = "reason_required"
	CodeCredentialRequired     Code = "credential_required"
	CodeCredentialInvalid      Code = "credential_invalid"
	CodeStepUpRequired         Code = "step_up_required"
	CodeForbidden              Code = "forbidden"
	CodeLocked                 Code = "locked"
	CodeUserInactive           Code = "user_inactive"
	CodeUserActive             Code = "user_active"
	CodeTrailAppendOnly        Code = "trail_append_only"
	CodeNotFound               Code = "not_found"
	CodeAuthSourceNotSupported Code = "auth_source_not_supported"
	CodeNotEnrolled            Code = "not_enrolled"
	CodeEnrollmentExpired      Code = "enrollment_expired"
	CodeFactorNotPending       Code = "factor_not_pending"
	CodeFactorNotActive        Code = "factor_not_active"
	CodeFactorLimitReached     Code = "factor_limit_reached"
	CodeTwoFactorMandatory     Code = "two_factor_mandatory"
	CodeLastAdmin              Code = "last_admin"
	CodeOwnTwoFactorRequired   Code = "own_two_factor_required"
	CodeCustodyHashOnly        Code = "custody_hash_only"
	CodeReenrollmentRequired   Code = "reenrollment_required"
	CodeNotAllowedByPolicy     Code = "not_allowed_by_policy"
	CodeTokenConsumed          Code = "token_consumed"
	CodeAlreadyExists          Code = "already_exists"
	CodeTenantConflict         Code = "tenant_conflict"
	CodeEventsPruned           Code = "events_pruned"
	CodePreconditionFailed     Code = "precondition_failed"
	CodePreconditionRequired   Code = "precondition_required"
	CodeCodeInvalid            Code = "code_invalid"
	CodePasskeyInvalid         Code = "passkey_invalid"
	CodeFactorNotAccepted      Code = "factor_not_accepted"
	CodePasskeysNotConfigured  Code = "passkeys_not_configured"
	CodeTokenInvalid           Code = "token_invalid"
	CodeAudienceNotAllowed     Code = "audience_not_allowed"
	CodeIdempotencyKeyReused   Code = "idempotency_key_reused"
	CodeTooManyAttempts        Code = "too_many_attempts"
	CodeUnavailable            Code = "unavailable"
	CodeClockUntrusted         Code = "clock_untrusted"
	CodeOutcomeUnknown         Code = "outcome_unknown"
)

// Error is a refusal that may be told to the caller: Detail names the remedy
// and never quotes what was submitted. Any other error type is internal and
// its text stays in the process.
type Error struct {
	Code       Code
	Detail     string
	Field      string        // JSON pointer to what is malformed in the body; may be empty
	RetryAfter time.Duration // with CodeTooManyAttempts and the 503s; else zero
	cause      error
}

// Error returns the code and the detail.
func (e *Error) Error() string {
	if e.cause != nil {
		return string(e.Code) + ": " + e.Detail + ": " + e.cause.Error()
	}
	return string(e.Code) + ": " + e.Detail
}

// Is reports whether target is an *Error of the same code, so that
// errors.Is(err, ErrNotFound) holds whatever the detail says.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Unwrap returns what lies behind the refusal; it is logged, never answered.
func (e *Error) Unwrap() error { return e.cause }

// WithCause returns a copy of e that keeps its cause for the log.
func (e *Error) WithCause(cause error) *Error {
	wrapped := *e
	wrapped.cause = cause
	return &wrapped
}

// WithDetail returns a copy of e with a more exact detail.
func (e *Error) WithDetail(detail string) *Error {
	exact := *e
	exact.Detail = detail
	return &exact
}

// WithField returns a copy of e that points into the body of the request.
func (e *Error) WithField(pointer string) *Error {
	exact := *e
	exact.Field = pointer
	return &exact
}

// WithRetryAfter returns a copy of e that names the time to wait, at least a second.
func (e *Error) WithRetryAfter(wait time.Duration) *Error {
	timed := *e
	timed.RetryAfter = max(wait, time.Second)
	return &timed
}

// The refusals, each with its usual remedy. Compare with errors.Is.
var (
	ErrInvalidRequest         = &Error{Code: CodeInvalidRequest, Detail: "The request is malformed."}
	ErrReasonRequired         = &Error{Code: CodeReasonRequired, Detail: "State a reason: it is kept in the audit trail."}
	ErrCredentialInvalid      = &Error{Code: CodeCredentialInvalid, Detail: "The credential is unknown, expired or revoked. Present a valid service key or ticket."}
	ErrStepUpRequired         = &Error{Code: CodeStepUpRequired, Detail: "Prove the second factor again for the audience countersign and send the token as Step-Up-Token. A token is good for one call and for five minutes."}
	ErrForbidden              = &Error{Code: CodeForbidden, Detail: "This credential may not do that."}
	ErrLocked                 = &Error{Code: CodeLocked, Detail: "Too many failures in a row. Use the other kind of code, or ask an administrator for an access pass."}
	ErrUserInactive           = &Error{Code: CodeUserInactive, Detail: "The user is not active."}
	ErrUserActive             = &Error{Code: CodeUserActive, Detail: "The user is active, and nothing was erased. Make sure that it is the right one, say that the user is not active any more (PUT /v1/users/{user_id} with active false), and erase then."}
	ErrTrailAppendOnly        = &Error{Code: CodeTrailAppendOnly, Detail: "The database role of this server may not change the audit trail, and nothing was erased. The operator erases with the role that migrates, countersign user erase TENANT USER --yes, or grants the right to change it."}
	ErrNotFound               = &Error{Code: CodeNotFound, Detail: "There is no such thing here."}
	ErrAuthSourceNotSupported = &Error{Code: CodeAuthSourceNotSupported, Detail: "Only users of the local authentication source have a second factor here; LDAP and SAML users are exempt."}
	ErrNotEnrolled            = &Error{Code: CodeNotEnrolled, Detail: "The user has no active factor. Enroll one first."}
	ErrEnrollmentExpired      = &Error{Code: CodeEnrollmentExpired, Detail: "The enrollment was not confirmed in time. Begin a new one."}
	ErrFactorNotPending       = &Error{Code: CodeFactorNotPending, Detail: "The factor is already confirmed."}
	ErrFactorNotActive        = &Error{Code: CodeFactorNotActive, Detail: "The factor is not confirmed yet."}
	ErrFactorLimitReached     = &Error{Code: CodeFactorLimitReached, Detail: "The user has five factors already. Remove or replace one."}
	ErrTwoFactorMandatory     = &Error{Code: CodeTwoFactorMandatory, Detail: "Two-step verification is mandatory here. Replace the device instead, or ask an administrator."}
	ErrLastAdmin              = &Error{Code: CodeLastAdmin, Detail: "No administrator would be left who could meet the mandate: by a factor that was proven here, and a passkey where the policy demands one. Have another administrator enroll first, or lift the mandate."}
	ErrOwnTwoFactorRequired   = &Error{Code: CodeOwnTwoFactorRequired, Detail: "Enable two-step verification for your own account first."}
	ErrCustodyHashOnly        = &Error{Code: CodeCustodyHashOnly, Detail: "Recovery codes are kept as hashes only and cannot be shown. Register the device again to get new ones."}
	ErrReenrollmentRequired   = &Error{Code: CodeReenrollmentRequired, Detail: "The policy gives new recovery codes only with a new registration of the device."}
	ErrNotAllowedByPolicy     = &Error{Code: CodeNotAllowedByPolicy, Detail: "The policy does not allow this."}
	ErrTokenConsumed          = &Error{Code: CodeTokenConsumed, Detail: "The token has been used already."}
	ErrTenantConflict         = &Error{Code: CodeTenantConflict, Detail: "The tenant exists and does not change so."}
	ErrAlreadyExists          = &Error{Code: CodeAlreadyExists, Detail: "It exists already."}
	ErrPreconditionFailed     = &Error{Code: CodePreconditionFailed, Detail: "It has changed since it was read. Read it again, then send its ETag as If-Match."}
	ErrPreconditionRequired   = &Error{Code: CodePreconditionRequired, Detail: "Send If-Match with the ETag of the policy; or that of the preview for a mandate that reaches more users, or asks more of them."}
	ErrPasskeyInvalid         = &Error{Code: CodePasskeyInvalid, Detail: "The passkey was not accepted. Ask for new options, and try again with a passkey of this user."}
	ErrFactorNotAccepted      = &Error{Code: CodeFactorNotAccepted, Detail: "The mandate demands a passkey here. Prove one; or, to enroll or replace one, prove another factor for the audience countersign."}
	ErrPasskeysNotConfigured  = &Error{Code: CodePasskeysNotConfigured, Detail: "Passkeys need a relying party id and an origin, which the operator sets: countersign tenant update NAME --rp-id DOMAIN --origin URL."}
	ErrCodeInvalid            = &Error{Code: CodeCodeInvalid, Detail: "The code is not valid. Wait for the next one, and check that the device's clock is set automatically."}
	ErrTokenInvalid           = &Error{Code: CodeTokenInvalid, Detail: "The token is not a valid step-up token of this tenant."}
	ErrAudienceNotAllowed     = &Error{Code: CodeAudienceNotAllowed, Detail: "The audience is not one of the tenant's. See them with: countersign tenant list. To change them name all that shall remain, the default first: countersign tenant update TENANT --audience NAME ..."}
	ErrIdempotencyKeyReused   = &Error{Code: CodeIdempotencyKeyReused, Detail: "This Idempotency-Key was used with another request. Use a new key."}
	ErrTooManyAttempts        = &Error{Code: CodeTooManyAttempts, Detail: "Too many failures in a row. Wait before the next try."}
	ErrUnavailable            = &Error{Code: CodeUnavailable, Detail: "The service cannot decide now. Nothing was accepted; try again.", RetryAfter: time.Second}
	ErrClockUntrusted         = &Error{Code: CodeClockUntrusted, Detail: "The clock of this replica and that of the database are too far apart to judge a code.", RetryAfter: 5 * time.Second}
	ErrOutcomeUnknown         = &Error{Code: CodeOutcomeUnknown, Detail: "The database did not say for certain that the answer was committed. Repeat the call, with the same Idempotency-Key if it had one.", RetryAfter: time.Second}
)

// ErrUnknownFactor says where the factors there are can be seen.
var ErrUnknownFactor = ErrNotFound.WithDetail("The user has no such factor. List them with: GET /v1/users/{user_id}/factors")

// ErrUnknownBrowser says where the browsers there are can be seen.
var ErrUnknownBrowser = ErrNotFound.WithDetail("The user has no such remembered browser. List them with: GET /v1/users/{user_id}/remembered-browsers")

// What a failure of the store that passes by itself is, beside the end of the
// caller's context and ErrUnavailable. Nothing of the call holds. Both are
// answered as ErrUnavailable, and told apart in logs and metrics.
var (
	// ErrStoreTimeout: an answer, or a lock, did not come in time.
	ErrStoreTimeout = errors.New("the store did not answer in time")
	// ErrStoreUnreachable: it does not serve now, the connection to it broke, or
	// it let others pass however often it was asked.
	ErrStoreUnreachable = errors.New("the store cannot be reached")
)

// What the store reports beside ErrNotFound, ErrAlreadyExists and
// ErrOutcomeUnknown. They never leave the service as they are.
var (
	// ErrConflict: somebody else decided first. Load again and decide again.
	ErrConflict = errors.New("the row has changed since it was read")
	// ErrTokenSpent: a token of the change has been spent by another one.
	ErrTokenSpent = errors.New("the token is spent")
)

// WithLane is the refusal of a wrong proof that says too what it did to its lane: a
// person shall not have to fail once more to learn of a wait.
func (e *Error) WithLane(lane Lane, now time.Time) *Error {
	wait := lane.Wait(now)
	switch {
	case lane.Closed():
		return e.WithDetail("The code is not valid, and there were too many failures in a row. Use the other kind of code, or ask an administrator for an access pass.")
	case wait > 0:
		return e.WithDetail("The code is not valid, and there were too many failures in a row. Wait before the next try.").WithRetryAfter(wait)
	}
	return e
}
