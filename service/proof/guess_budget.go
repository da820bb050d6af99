package proof

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// A user's lanes bound the guesses at one user. Who tries a few codes of each of
// many users stays below every one of them, and is seen in the sum alone: of ten
// million guesses at codes that count for three steps, thirty are right.
//
// People mistype one code in twenty or so. Where a fifth as many are wrong as
// are right something else is going on: guessing, or a clock that is off. Below
// a hundred in ten minutes a handful of people who try again and again would be
// enough to make it so.
const (
	guessWindow = 10 * time.Minute
	minWrong    = 100
	guessRatio  = 5
)

// guessBudget counts the wrong proofs of each tenant against the right ones, for
// one process and from memory alone: it refuses nobody. It is safe for concurrent
// use.
type guessBudget struct {
	mu      sync.Mutex
	tenants map[string]*guessCount
	swept   time.Time
}

// guessCount is the current window of a tenant.
type guessCount struct {
	began        time.Time
	right, wrong int
	reported     bool
	// until: what was seen in this window or the one before is acted on.
	until time.Time
}

func newGuessBudget() *guessBudget { return &guessBudget{tenants: map[string]*guessCount{}} }

// right counts a right proof.
func (b *guessBudget) right(tenantID string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.window(tenantID, now).right++
}

// wrong counts a wrong proof. It reports true once a window: when there are too
// many.
func (b *guessBudget) wrong(tenantID string, now time.Time) (count guessCount, exceeded bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.window(tenantID, now)
	c.wrong++
	if c.wrong <= minWrong || c.wrong*guessRatio <= c.right || c.reported {
		return *c, false
	}
	c.reported, c.until = true, now.Add(guessWindow)
	return *c, true
}

// clearReported lets the next wrong proof report again.
func (b *guessBudget) clearReported(tenantID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.tenants[tenantID]; c != nil {
		c.reported = false
	}
}

// exceeded reports whether there were too many less than a window ago.
func (b *guessBudget) exceeded(tenantID string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.tenants[tenantID]
	return c != nil && now.Before(c.until)
}

// window returns the count of the current window. A clock that was set back
// begins a new one.
func (b *guessBudget) window(tenantID string, now time.Time) *guessCount {
	b.sweep(now)
	c := b.tenants[tenantID]
	if c == nil {
		c = &guessCount{}
		b.tenants[tenantID] = c
	}
	if age := now.Sub(c.began); age >= guessWindow || age < 0 {
		*c = guessCount{began: now, until: c.until}
	}
	return c
}

// sweep forgets, once a window, tenants of whom nothing is counted any more.
func (b *guessBudget) sweep(now time.Time) {
	if age := now.Sub(b.swept); age < guessWindow && age >= 0 {
		return
	}
	b.swept = now
	for id, c := range b.tenants {
		if now.Sub(c.began) >= guessWindow && !now.Before(c.until) {
			delete(b.tenants, id)
		}
	}
}

// GuessingSuspected reports whether so many proofs of the tenant have been wrong
// lately, as this process saw it, that somebody seems to be guessing.
func (p *Path) GuessingSuspected(tenantID string) bool {
	return p.guesses.exceeded(tenantID, p.clock.Now())
}

// guesses reports whether a wrong proof would be a guess at somebody's secret.
// One that charges nothing is none: were the right ones counted, they would cover
// for guesses at codes. One that confirms is of a secret that its caller has just been shown, and what
// a sandbox signs is worth nothing: a host's tests may send wrong codes there.
func (a Attempt) guesses(t domain.Tenant) bool {
	return a.Proof.charges() && a.Action != domain.ActionEnrollmentConfirmed && !t.Sandbox
}

// countRight credits a right proof to its tenant.
func (p *Path) countRight(a Attempt, t domain.Tenant) {
	if a.guesses(t) {
		p.guesses.right(a.Caller.TenantID, p.clock.Now())
	}
}

// countWrong charges a wrong proof to its tenant.
func (p *Path) countWrong(ctx context.Context, a Attempt, t domain.Tenant) {
	if !a.guesses(t) {
		return
	}
	if count, exceeded := p.guesses.wrong(a.Caller.TenantID, p.clock.Now()); exceeded {
		p.reportGuessing(ctx, a.Caller, count)
	}
}

// reportGuessing leaves an event, by the caller of the wrong proof that was one
// too many, and a line for operators, who cannot read the tenants' trails. If the
// event cannot be written, the next wrong proof tries again.
func (p *Path) reportGuessing(ctx context.Context, c domain.Caller, count guessCount) {
	event := p.trail.By(c, domain.ActionGuessingSuspected, domain.OutcomeFailure, "").With(
		"wrong", strconv.Itoa(count.wrong), "right", strconv.Itoa(count.right),
		"window_seconds", strconv.Itoa(int(guessWindow.Seconds())))
	if err := p.trail.Write(ctx, event); err != nil {
		p.guesses.clearReported(c.TenantID)
		slog.WarnContext(ctx, "an event of suspected guessing could not be written; it is tried again with the next wrong code",
			"tenant", c.TenantID, "error", err)
		return
	}
	slog.WarnContext(ctx, "so many codes of a tenant are wrong that somebody seems to be guessing; see guessing.suspected in its audit trail",
		"tenant", c.TenantID, "wrong", count.wrong, "right", count.right, "window_seconds", int(guessWindow.Seconds()))
	p.observer.GuessingSuspected()
}
