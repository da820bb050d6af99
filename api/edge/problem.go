package edge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
)

// malformed is a request that is not what the contract says.
type malformed struct {
	fields  []openapi.ProblemField
	refusal *domain.Error // nil: invalid_request
}

func (m malformed) Error() string { return m.Unwrap().Error() }

// Unwrap makes it the refusal to errors.As.
func (m malformed) Unwrap() error { return cmp.Or(m.refusal, domain.ErrInvalidRequest) }

// MalformedAt is the error of a request with one mistake, and where it is.
func MalformedAt(pointer, detail string) error {
	return malformed{fields: []openapi.ProblemField{{Pointer: pointer, Detail: detail}}}
}

// refusalOf returns what may be told of an error. What is not a refusal is ours:
// the store cannot be reached, or there is a mistake in here.
func refusalOf(err error) *domain.Error {
	var refusal *domain.Error
	var framework *echo.HTTPError
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &framework):
		return frameworkRefusal(framework)
	case isUnavailable(err):
		return domain.ErrUnavailable
	}
	return errInternal
}

// frameworkRefusal keeps the status of an error of Echo or of the generated
// code, and none of its text, which may quote the request.
func frameworkRefusal(err *echo.HTTPError) *domain.Error {
	switch err.Code {
	case http.StatusNotFound:
		return domain.ErrNotFound
	case http.StatusMethodNotAllowed:
		return errMethodNotAllowed
	case http.StatusBadRequest:
		return domain.ErrInvalidRequest
	case http.StatusRequestEntityTooLarge:
		return errBodyTooLarge
	case http.StatusUnsupportedMediaType:
		return errUnsupportedMediaType
	}
	return errInternal
}

// endedEarly is an error of an operation that has done a part of its work, and
// says in its own words how to go on.
type endedEarly interface {
	error
	// ProblemDetail returns what to say of the refusal that ended it, and how many
	// lines are done.
	ProblemDetail(refusal *domain.Error) (detail string, linesDone int)
}

// goesOn is an error of a cursor behind which there is nothing left.
type goesOn interface {
	error
	// OldestCursor returns the one to go on with.
	OldestCursor() string
}

// problemWriter answers what went wrong, and logs and counts why.
type problemWriter struct {
	metrics     *Metrics
	log         *slog.Logger
	unavailable *unavailableLog
}

// fail answers an error as a problem (RFC 9457), and logs what lies behind it.
func (p *problemWriter) fail(c echo.Context, err error) {
	refusal := refusalOf(err)
	row, known := problems[refusal.Code]
	if !known {
		refusal, row = errInternal, problems[codeInternal]
	}
	p.noteCause(c, row.status, refusal, err)
	if c.Response().Committed {
		return // too late for another answer
	}
	writeProblem(c, row, refusal, err)
}

func writeProblem(c echo.Context, row problem, refusal *domain.Error, err error) {
	callOf(c.Request().Context()).code = refusal.Code
	body := openapi.Problem{
		Type:      "urn:countersign:problem:" + string(refusal.Code),
		Title:     row.title,
		Status:    row.status,
		Code:      openapi.ProblemCode(refusal.Code),
		Detail:    refusal.Detail,
		RequestID: callOf(c.Request().Context()).requestID,
	}
	var mistakes malformed
	if errors.As(err, &mistakes) {
		body.Errors = mistakes.fields
	}
	if refusal.Field != "" {
		body.Errors = []openapi.ProblemField{{Pointer: refusal.Field, Detail: refusal.Detail}}
	}
	var ended endedEarly
	if errors.As(err, &ended) {
		detail, done := ended.ProblemDetail(refusal)
		body.Detail, body.LinesDone = detail, &done
	}
	var resumable goesOn
	if errors.As(err, &resumable) {
		body.OldestCursor = resumable.OldestCursor()
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/problem+json")
	if challenge := challenges[refusal.Code]; challenge != "" {
		header.Set("WWW-Authenticate", challenge)
	}
	if says := row.status == http.StatusTooManyRequests || row.status == http.StatusServiceUnavailable; says || refusal.RetryAfter > 0 {
		wait := wholeSeconds(refusal.RetryAfter)
		header.Set("Retry-After", strconv.Itoa(wait))
		if row.status != http.StatusServiceUnavailable {
			body.RetryAfterSeconds = wait
		}
	}
	c.Response().WriteHeader(row.status)
	text := json.NewEncoder(c.Response())
	text.SetEscapeHTML(false) // remedies are read by people, and a query in them pasted
	// The client may be gone; there is nobody else to tell.
	_ = text.Encode(body)
}

// wholeSeconds rounds up: who comes back after that long is not sent away again.
func wholeSeconds(wait time.Duration) int {
	return max(1, int((wait+time.Second-1)/time.Second))
}

// noteCause keeps what was not told. Refusals that name no cause are the access
// log's; a client that hung up is nobody's fault. A mistake in here is logged each
// time, and what makes requests impossible for now once a second.
func (p *problemWriter) noteCause(c echo.Context, status int, refusal *domain.Error, err error) {
	ctx := c.Request().Context()
	known := callOf(ctx)
	var ended access.EndedKeyError
	if errors.As(err, &ended) {
		known.endedKey = ended.KeyID
	}
	switch {
	case status < http.StatusInternalServerError || hungUp(c, refusal, err):
	case status == http.StatusServiceUnavailable:
		why := causeOf(err, refusal)
		p.metrics.unavailable(why)
		p.unavailable.add(why, unavailable{known.requestID, c.Path(), err})
	default:
		p.log.ErrorContext(ctx, "request failed",
			"request_id", known.requestID, "route", c.Path(), "status", status, "cause", err.Error())
	}
}

// hungUp reports that an error came of a client that has gone. The work of a
// decision has a context of its own, whose end is no hang-up: that of a commit
// leaves it unknown what became of the call, whether or not anybody still waits.
func hungUp(c echo.Context, refusal *domain.Error, err error) bool {
	switch {
	case c.Response().Committed: // the rest of the answer could not be sent
		return isUnavailable(err)
	case refusal.Code == domain.CodeOutcomeUnknown:
		return false
	}
	return errors.Is(c.Request().Context().Err(), context.Canceled) && errors.Is(err, context.Canceled)
}
