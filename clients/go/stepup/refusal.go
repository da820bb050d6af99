package stepup

import (
	"encoding/json"
	"errors"
	"net/http"
)

// errUndecided says that the service could not say whether a token counts.
var errUndecided = errors.New("stepup: the token could not be spent")

// Refusal is why a request is not served, and its answer.
type Refusal struct {
	// Status is 401, where the user has to prove a second factor, or 503, where
	// nothing can be checked now.
	Status int
	// Challenge is the WWW-Authenticate header of a 401 (RFC 9470); empty with 503.
	Challenge string

	cause error
}

func newRefusal(cause error, want Expect) *Refusal {
	if errors.Is(cause, ErrKeysUnavailable) || errors.Is(cause, errUndecided) {
		return &Refusal{Status: http.StatusServiceUnavailable, cause: cause}
	}
	return &Refusal{Status: http.StatusUnauthorized, Challenge: want.challenge(), cause: cause}
}

// Error says why, for the host's log. Whoever sent the request is not told.
func (r *Refusal) Error() string { return r.cause.Error() }

// Unwrap returns why: ErrInvalid, ErrMismatch, ErrKeysUnavailable, or a problem
// of the service.
func (r *Refusal) Unwrap() error { return r.cause }

// Header sets what goes with the answer: the challenge, and that nobody keeps it.
func (r *Refusal) Header(h http.Header) {
	h.Set("Cache-Control", "no-store")
	if r.Challenge != "" {
		h.Set("WWW-Authenticate", r.Challenge)
	}
}

// Code is the problem's stable name, as the service itself would answer:
// "step_up_required" or "unavailable".
func (r *Refusal) Code() string {
	if r.Status == http.StatusUnauthorized {
		return "step_up_required"
	}
	return "unavailable"
}

// Detail is what the user may be told.
func (r *Refusal) Detail() string {
	if r.Status == http.StatusUnauthorized {
		return "This needs a fresh proof of the second factor."
	}
	return "The second factor cannot be checked now. Try again shortly."
}

// ServeHTTP answers with a problem (RFC 9457) like the service's own, so that a
// page needs one way to read both.
func (r *Refusal) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r.Header(w.Header())
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(r.Status)
	// The client may be gone; there is nobody else to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{
		"type": "urn:countersign:problem:" + r.Code(), "title": http.StatusText(r.Status),
		"status": r.Status, "code": r.Code(), "detail": r.Detail(),
	})
}
