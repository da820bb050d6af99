package countersign

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"
)

// longestWait bounds how long a call waits before it is repeated. Someone sits
// in front of it.
const longestWait = 2 * time.Second

// keyed is the header by which the service knows a repeated proof again: within
// 90 seconds it gets the first one's answer instead of "already used".
func keyed() map[string]string {
	return map[string]string{"Idempotency-Key": rand.Text()}
}

// worthRepeating reports whether a second try may end better, after the wait
// that the first one's answer asked for. It does where there was no answer, and
// where there was one that says so: the service's 503, or a gateway's.
func worthRepeating(ctx context.Context, err error) bool {
	var p *Problem
	switch {
	case errors.As(err, &p):
		return p.temporary() && p.RetryAfter <= longestWait && waited(ctx, p.RetryAfter)
	case errors.Is(err, ErrNoAnswer):
		return ctx.Err() == nil
	}
	return false
}

// temporary reports whether a problem may be gone in a moment.
func (p *Problem) temporary() bool {
	switch p.Status {
	case http.StatusServiceUnavailable:
		return true
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return p.Code == ""
	}
	return false
}

// waited reports whether the wait ended before the context did.
func waited(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
