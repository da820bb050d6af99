package proofs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// guesses are numbers of wrong proofs: codes, and recovery codes.
type guesses struct{ codes, recoveryCodes int }

func (n *guesses) count(recovery bool) {
	if recovery {
		n.recoveryCodes++
	} else {
		n.codes++
	}
}

func (n guesses) within(least, most guesses) bool {
	return least.codes <= n.codes && n.codes <= most.codes &&
		least.recoveryCodes <= n.recoveryCodes && n.recoveryCodes <= most.recoveryCodes
}

// ends are how many failures the lanes of a user shall have in the end, for one user after the other.
var ends = []guesses{{5, 5}, {8, 5}, {12, 12}, {hardCap, 5}, {hardCap, hardCap}}

// target is a user who is guessed at.
type target struct {
	site.Device
	ends guesses

	mu      sync.Mutex
	pending string // further factor, which guesses may confirm
	spare   string // step-up token that begins another in its place
	seen    guesses
}

// newTarget makes a user with an active factor and a further one that is pending.
func (f *guessing) newTarget(ctx context.Context, n int) *target {
	f.t.Helper()
	c := f.site.Client(n % 3)
	g := &target{
		Device: c.Enroll(ctx, f.t, fmt.Sprintf("target-%d", n), site.StepAt(time.Now())-reach+1),
		ends:   ends[n%len(ends)],
	}
	g.spare = site.Read[site.Verified](f.t, c.Verify(ctx, g.UserID,
		site.Proof{Code: g.Code(g.Last + 1), Audience: site.OwnAudience})).StepUpToken
	g.pending = site.Read[site.Enrollment](f.t, c.StepUp(g.StepUpToken).Begin(ctx, g.UserID, "")).FactorID
	return g
}

// way is how a wrong proof may be sent.
type way struct {
	name     string
	recovery bool // at the lane of recovery codes
	login    bool // a login ticket will do
	send     func(context.Context, site.Client, *target, wrongProof) site.Outcome
}

var ways = []way{
	{"verify", false, true, func(ctx context.Context, c site.Client, g *target, w wrongProof) site.Outcome {
		return c.Verify(ctx, g.UserID, site.Proof{Code: w.code()})
	}},
	{"resync", false, true, func(ctx context.Context, c site.Client, g *target, w wrongProof) site.Outcome {
		return c.Resync(ctx, g.UserID, g.FactorID, site.Proof{Codes: []string{w.code(), w.code()}})
	}},
	{"confirm", false, false, func(ctx context.Context, c site.Client, g *target, w wrongProof) site.Outcome {
		return c.Confirm(ctx, g.UserID, g.confirmable(), site.Proof{Codes: []string{w.code(), w.code()}})
	}},
	{"disable", false, false, func(ctx context.Context, c site.Client, g *target, w wrongProof) site.Outcome {
		return c.Disable(ctx, g.UserID, site.Proof{Code: w.code()})
	}},
	{"begin and verify", false, false, func(ctx context.Context, c site.Client, g *target, w wrongProof) site.Outcome {
		g.beginAnother(ctx, c)
		return c.Verify(ctx, g.UserID, site.Proof{Code: w.code()})
	}},
	{"recover", true, true, func(ctx context.Context, c site.Client, g *target, w wrongProof) site.Outcome {
		return c.Recover(ctx, g.UserID, w.recoveryCode())
	}},
	{"disable by recovery code", true, false, func(ctx context.Context, c site.Client, g *target, w wrongProof) site.Outcome {
		return c.Disable(ctx, g.UserID, site.Proof{RecoveryCode: w.recoveryCode()})
	}},
}

// wayOf takes the ways at a lane in turn, so that each has its share.
func wayOf(turn int, recovery bool) way {
	var open []way
	for _, w := range ways {
		if w.recovery == recovery {
			open = append(open, w)
		}
	}
	return open[turn%len(open)]
}

// attempt is one wrong proof to be sent.
type attempt struct {
	*target
	way
	hangsUp bool // and waits for no answer
}

// suffers reports whether its lane shall have so many failures.
func (g attempt) suffers(failures int) bool {
	if g.recovery {
		return failures <= g.ends.recoveryCodes
	}
	return failures <= g.ends.codes
}

// answered keeps that it was answered as wrong.
func (g attempt) answered(o site.Outcome) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if o.Is("code_invalid") {
		g.seen.count(g.recovery)
	}
}

// mayTell reports whether a wrong proof, one of those that bring the failures of its lane to so many, may be answered
// with such a wait: the failure that begins one says so, and the one that closes the lane for good tells of none.
func mayTell(failures int, wait time.Duration) bool {
	switch failures {
	case freeFailures:
		return wait == 0 || wait == waitAfter(failures)
	case hardCap:
		return wait == 0
	}
	return wait == waitAfter(failures)
}

func (g *target) confirmable() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pending
}

// beginAnother begins an enrollment: with the spare token one that stands in place of the pending factor, and
// when that is spent, one that is refused.
func (g *target) beginAnother(ctx context.Context, c site.Client) {
	g.mu.Lock()
	token := g.spare
	g.mu.Unlock()
	var begun site.Enrollment
	if err := c.StepUp(token).Begin(ctx, g.UserID, "").Decode(&begun); err != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending = begun.FactorID
}

func (g *target) seenWrong() guesses {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen
}

// wrongProof makes up what is surely wrong.
type wrongProof struct {
	r      *rand.Rand
	target *target
	here   int64
}

func (w wrongProof) code() string {
	var right []string
	for step := w.here - reach - 2; step <= w.here+reach+2; step++ {
		right = append(right, w.target.Code(step))
	}
	for {
		if code := wrongCode(w.r); !slices.Contains(right, code) {
			return code
		}
	}
}

func (w wrongProof) recoveryCode() string {
	return fmt.Sprintf("0000-%04d-%04d-%04d", w.r.IntN(10000), w.r.IntN(10000), w.r.IntN(10000))
}
