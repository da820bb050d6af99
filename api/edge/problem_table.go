package edge

import (
	"net/http"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Codes that only HTTP knows.
const (
	codeMethodNotAllowed     domain.Code = "method_not_allowed"
	CodeNotAcceptable        domain.Code = "not_acceptable"
	codeBodyTooLarge         domain.Code = "body_too_large"
	codeUnsupportedMediaType domain.Code = "unsupported_media_type"
	codeRateLimited          domain.Code = "rate_limited"
	codeInternal             domain.Code = "internal"
)

var (
	errCredentialRequired   = &domain.Error{Code: domain.CodeCredentialRequired, Detail: "Send a service key or a ticket as Authorization: Bearer."}
	errForeignOrigin        = &domain.Error{Code: domain.CodeForbidden, Detail: "This web origin is not one of the tenant's. See them with: countersign tenant list. Let another one in with: countersign tenant update TENANT --add-origin URL"}
	errMethodNotAllowed     = &domain.Error{Code: codeMethodNotAllowed, Detail: "This path does not take that method. Allow names those it takes."}
	errBodyTooLarge         = &domain.Error{Code: codeBodyTooLarge, Detail: "The body is larger than this operation takes."}
	errUnsupportedMediaType = &domain.Error{Code: codeUnsupportedMediaType, Detail: "Send application/json, in UTF-8 and uncompressed."}
	errRateLimited          = &domain.Error{Code: codeRateLimited, Detail: "Too many requests without a valid credential from this address. Wait a second.", RetryAfter: time.Second}
	errInternal             = &domain.Error{Code: codeInternal, Detail: "Something went wrong here. The log has it under this request_id."}
)

// problem is how a code is answered.
type problem struct {
	status int
	title  string
}

// problems is the one error table.
var problems = map[domain.Code]problem{
	domain.CodeInvalidRequest:         {http.StatusBadRequest, "Invalid request"},
	domain.CodeReasonRequired:         {http.StatusBadRequest, "Reason required"},
	domain.CodeCredentialRequired:     {http.StatusUnauthorized, "Credential required"},
	domain.CodeCredentialInvalid:      {http.StatusUnauthorized, "Credential invalid"},
	domain.CodeStepUpRequired:         {http.StatusUnauthorized, "Step-up required"},
	domain.CodeForbidden:              {http.StatusForbidden, "Forbidden"},
	domain.CodeLocked:                 {http.StatusForbidden, "Locked"},
	domain.CodeUserInactive:           {http.StatusForbidden, "User inactive"},
	domain.CodeUserActive:             {http.StatusConflict, "User active"},
	domain.CodeTrailAppendOnly:        {http.StatusConflict, "Trail is append-only"},
	domain.CodeNotFound:               {http.StatusNotFound, "Not found"},
	codeMethodNotAllowed:              {http.StatusMethodNotAllowed, "Method not allowed"},
	CodeNotAcceptable:                 {http.StatusNotAcceptable, "Not acceptable"},
	domain.CodeAuthSourceNotSupported: {http.StatusConflict, "Authentication source not supported"},
	domain.CodeNotEnrolled:            {http.StatusConflict, "Not enrolled"},
	domain.CodeEnrollmentExpired:      {http.StatusConflict, "Enrollment expired"},
	domain.CodeFactorNotPending:       {http.StatusConflict, "Factor not pending"},
	domain.CodeFactorNotActive:        {http.StatusConflict, "Factor not active"},
	domain.CodeFactorLimitReached:     {http.StatusConflict, "Factor limit reached"},
	domain.CodeTwoFactorMandatory:     {http.StatusConflict, "Two-step verification is mandatory"},
	domain.CodeLastAdmin:              {http.StatusConflict, "Last administrator"},
	domain.CodeOwnTwoFactorRequired:   {http.StatusConflict, "Own two-step verification required"},
	domain.CodeCustodyHashOnly:        {http.StatusConflict, "Recovery codes cannot be shown"},
	domain.CodeReenrollmentRequired:   {http.StatusConflict, "Re-enrollment required"},
	domain.CodeNotAllowedByPolicy:     {http.StatusConflict, "Not allowed by policy"},
	domain.CodeTokenConsumed:          {http.StatusConflict, "Token consumed"},
	domain.CodeAlreadyExists:          {http.StatusConflict, "Already exists"},
	domain.CodeTenantConflict:         {http.StatusConflict, "Tenant conflict"},
	domain.CodeEventsPruned:           {http.StatusGone, "Events pruned"},
	domain.CodePreconditionFailed:     {http.StatusPreconditionFailed, "Precondition failed"},
	codeBodyTooLarge:                  {http.StatusRequestEntityTooLarge, "Body too large"},
	codeUnsupportedMediaType:          {http.StatusUnsupportedMediaType, "Unsupported media type"},
	domain.CodePasskeyInvalid:         {http.StatusUnprocessableEntity, "Passkey invalid"},
	domain.CodeFactorNotAccepted:      {http.StatusConflict, "Factor not accepted"},
	domain.CodePasskeysNotConfigured:  {http.StatusConflict, "Passkeys not configured"},
	domain.CodeCodeInvalid:            {http.StatusUnprocessableEntity, "Code invalid"},
	domain.CodeTokenInvalid:           {http.StatusUnprocessableEntity, "Token invalid"},
	domain.CodeAudienceNotAllowed:     {http.StatusUnprocessableEntity, "Audience not allowed"},
	domain.CodeIdempotencyKeyReused:   {http.StatusUnprocessableEntity, "Idempotency key reused"},
	domain.CodePreconditionRequired:   {http.StatusPreconditionRequired, "Precondition required"},
	domain.CodeTooManyAttempts:        {http.StatusTooManyRequests, "Too many attempts"},
	codeRateLimited:                   {http.StatusTooManyRequests, "Rate limited"},
	codeInternal:                      {http.StatusInternalServerError, "Internal error"},
	domain.CodeUnavailable:            {http.StatusServiceUnavailable, "Unavailable"},
	domain.CodeClockUntrusted:         {http.StatusServiceUnavailable, "Clock untrusted"},
	domain.CodeOutcomeUnknown:         {http.StatusServiceUnavailable, "Outcome unknown"},
}

// challenges are the WWW-Authenticate headers of the 401s (RFC 6750, section 3,
// and RFC 9470, section 3).
var challenges = map[domain.Code]string{
	domain.CodeCredentialRequired: `Bearer realm="countersign"`,
	domain.CodeCredentialInvalid:  `Bearer realm="countersign", error="invalid_token"`,
	domain.CodeStepUpRequired: `Bearer error="insufficient_user_authentication", ` +
		`error_description="A fresh proof of the second factor is required", ` +
		`acr_values="urn:countersign:acr:second-factor", max_age=300`,
}
