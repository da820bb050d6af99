package edge

import (
	"net/http"
	"time"

	"github.com/countersign/countersign/service"
)

// Codes that only HTTP knows.
const (
	codeMethodNotAllowed     service.Code = "method_not_allowed"
	CodeNotAcceptable        service.Code = "not_acceptable"
	codeBodyTooLarge         service.Code = "body_too_large"
	codeUnsupportedMediaType service.Code = "unsupported_media_type"
	codeRateLimited          service.Code = "rate_limited"
	codeInternal             service.Code = "internal"
)

var (
	errCredentialRequired   = &service.Error{Code: service.CodeCredentialRequired, Detail: "Send a service key or a ticket as Authorization: Bearer."}
	errForeignOrigin        = &service.Error{Code: service.CodeForbidden, Detail: "This web origin is not one of the tenant's. See them with: countersign tenant list. To change them name all that shall remain: countersign tenant update TENANT --origin URL ..."}
	errMethodNotAllowed     = &service.Error{Code: codeMethodNotAllowed, Detail: "This path does not take that method. Allow names those it takes."}
	errBodyTooLarge         = &service.Error{Code: codeBodyTooLarge, Detail: "The body is larger than this operation takes."}
	errUnsupportedMediaType = &service.Error{Code: codeUnsupportedMediaType, Detail: "Send application/json, in UTF-8 and uncompressed."}
	errRateLimited          = &service.Error{Code: codeRateLimited, Detail: "Too many requests without a valid credential from this address. Wait a second.", RetryAfter: time.Second}
	errInternal             = &service.Error{Code: codeInternal, Detail: "Something went wrong here. The log has it under this request_id."}
)

// problem is how a code is answered.
type problem struct {
	status int
	title  string
}

// problems is the one error table.
var problems = map[service.Code]problem{
	service.CodeInvalidRequest:         {http.StatusBadRequest, "Invalid request"},
	service.CodeReasonRequired:         {http.StatusBadRequest, "Reason required"},
	service.CodeCredentialRequired:     {http.StatusUnauthorized, "Credential required"},
	service.CodeCredentialInvalid:      {http.StatusUnauthorized, "Credential invalid"},
	service.CodeStepUpRequired:         {http.StatusUnauthorized, "Step-up required"},
	service.CodeForbidden:              {http.StatusForbidden, "Forbidden"},
	service.CodeLocked:                 {http.StatusForbidden, "Locked"},
	service.CodeUserInactive:           {http.StatusForbidden, "User inactive"},
	service.CodeNotFound:               {http.StatusNotFound, "Not found"},
	codeMethodNotAllowed:               {http.StatusMethodNotAllowed, "Method not allowed"},
	CodeNotAcceptable:                  {http.StatusNotAcceptable, "Not acceptable"},
	service.CodeAuthSourceNotSupported: {http.StatusConflict, "Authentication source not supported"},
	service.CodeNotEnrolled:            {http.StatusConflict, "Not enrolled"},
	service.CodeEnrollmentExpired:      {http.StatusConflict, "Enrollment expired"},
	service.CodeFactorNotPending:       {http.StatusConflict, "Factor not pending"},
	service.CodeFactorNotActive:        {http.StatusConflict, "Factor not active"},
	service.CodeFactorLimitReached:     {http.StatusConflict, "Factor limit reached"},
	service.CodeTwoFactorMandatory:     {http.StatusConflict, "Two-step verification is mandatory"},
	service.CodeLastAdmin:              {http.StatusConflict, "Last administrator"},
	service.CodeOwnTwoFactorRequired:   {http.StatusConflict, "Own two-step verification required"},
	service.CodeCustodyHashOnly:        {http.StatusConflict, "Recovery codes cannot be shown"},
	service.CodeReenrollmentRequired:   {http.StatusConflict, "Re-enrollment required"},
	service.CodeTokenConsumed:          {http.StatusConflict, "Token consumed"},
	service.CodeAlreadyExists:          {http.StatusConflict, "Already exists"},
	service.CodePreconditionFailed:     {http.StatusPreconditionFailed, "Precondition failed"},
	codeBodyTooLarge:                   {http.StatusRequestEntityTooLarge, "Body too large"},
	codeUnsupportedMediaType:           {http.StatusUnsupportedMediaType, "Unsupported media type"},
	service.CodeCodeInvalid:            {http.StatusUnprocessableEntity, "Code invalid"},
	service.CodeTokenInvalid:           {http.StatusUnprocessableEntity, "Token invalid"},
	service.CodeAudienceNotAllowed:     {http.StatusUnprocessableEntity, "Audience not allowed"},
	service.CodeIdempotencyKeyReused:   {http.StatusUnprocessableEntity, "Idempotency key reused"},
	service.CodePreconditionRequired:   {http.StatusPreconditionRequired, "Precondition required"},
	service.CodeTooManyAttempts:        {http.StatusTooManyRequests, "Too many attempts"},
	codeRateLimited:                    {http.StatusTooManyRequests, "Rate limited"},
	codeInternal:                       {http.StatusInternalServerError, "Internal error"},
	service.CodeUnavailable:            {http.StatusServiceUnavailable, "Unavailable"},
	service.CodeClockUntrusted:         {http.StatusServiceUnavailable, "Clock untrusted"},
	service.CodeOutcomeUnknown:         {http.StatusServiceUnavailable, "Outcome unknown"},
}

// challenges are the WWW-Authenticate headers of the 401s (RFC 6750, section 3,
// and RFC 9470, section 3).
var challenges = map[service.Code]string{
	service.CodeCredentialRequired: `Bearer realm="countersign"`,
	service.CodeCredentialInvalid:  `Bearer realm="countersign", error="invalid_token"`,
	service.CodeStepUpRequired: `Bearer error="insufficient_user_authentication", ` +
		`error_description="A fresh proof of the second factor is required", ` +
		`acr_values="urn:countersign:acr:second-factor", max_age=300`,
}
