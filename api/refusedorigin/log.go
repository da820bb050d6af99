// Package refusedorigin says in the log which web origins were not let in, and what lets them in.
package refusedorigin

import (
	"cmp"
	"context"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// logOriginEvery is how often one origin is logged: a page that is not let in tries
	// with every click.
	logOriginEvery = time.Minute
	// mostRefusedOrigins bounds what is remembered of callers whose tenant is known, and as
	// much of all others: so many lines they can cause in that time.
	mostRefusedOrigins = 1000
	// mostOfOneTenant bounds what is remembered of one tenant.
	mostOfOneTenant = 100
	// longestOrigin is more than a name in the DNS, a scheme and a port.
	longestOrigin = 300
)

// Refused is what was refused, and where. The tenant of a preflight is not known, and
// then it is empty.
type Refused struct{ origin, tenant string }

// Of returns a refusal. The origin may be whatever somebody sent.
func Of(origin, tenant string) Refused { return Refused{loggable(origin), tenant} }

// Log says in the log which pages were not let in, and what lets them in: the
// browser tells nobody. Anybody can make up origins without a credential, so that what is
// remembered of those who have one is apart: made-up ones silence no tenant's. It is safe
// for concurrent use.
type Log struct {
	to                *slog.Logger
	tenants, unknowns *loggedOrigins
}

// New returns a log that goes to a logger.
func New(to *slog.Logger) *Log {
	return &Log{to: to, tenants: newLoggedOrigins(mostOfOneTenant), unknowns: newLoggedOrigins(mostRefusedOrigins)}
}

// Add logs a refusal, unless the same one was logged within a minute, or very many others.
func (r *Log) Add(refused Refused, method, requestID string, now time.Time) {
	logged := r.tenants
	if refused.tenant == "" {
		logged = r.unknowns
	}
	if !logged.isNews(refused, now) {
		return
	}
	attrs := []slog.Attr{
		slog.String("origin", refused.origin), slog.String("method", method),
		slog.String("request_id", requestID), slog.String("tenant", refused.tenant),
	}
	if remedy := refused.remedy(); remedy != "" {
		attrs = append(attrs, slog.String("remedy", remedy))
	}
	r.to.LogAttrs(context.Background(), slog.LevelWarn, "origin refused", attrs...)
}

// plainOrigin is what can be pasted into a shell, and what a tenant may have.
var plainOrigin = regexp.MustCompile(`^https?://([a-z0-9_.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?$`)

// remedy is the command that lets the origin in; empty where none would.
func (r Refused) remedy() string {
	if !plainOrigin.MatchString(r.origin) {
		return ""
	}
	pasted := r.origin
	if strings.Contains(pasted, "[") { // which shells take for a pattern
		pasted = "'" + pasted + "'"
	}
	return "countersign tenant update " + cmp.Or(r.tenant, "TENANT") + " --add-origin " + pasted
}

// loggable returns what anybody sent as ASCII on one line, cut where it is
// longer than any origin.
func loggable(text string) string {
	quoted := strconv.QuoteToASCII(text[:min(len(text), longestOrigin)])
	return quoted[1 : len(quoted)-1]
}
