package proofs

import (
	"context"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// hardCap is how many failures close a lane for good.
const hardCap = 20

// TestGuessesNeverExceedTheCap checks that of wrong proofs from many connections, over all replicas, routes and
// credentials, answered or not, no more are looked at than the waits of the time that passed admit; that a
// fresh connection finds the lane closed; and that after the wait the right code works again.
func TestGuessesNeverExceedTheCap(t *testing.T) {
	ctx, s := t.Context(), site.New(t, site.Options{Replicas: 3, Sandbox: true})
	f := &guessing{t: t, site: s, random: rand.New(rand.NewPCG(site.Seed(t), 0))}
	f.managers = &managers{t: t, client: s.Client(0), now: f.now}
	f.users = site.Repeat(t, "users to guess at", 10, 200, f.state)
	for n, more := f.users.Next(); more; n, more = f.users.Next() {
		f.targets = append(f.targets, f.newTarget(ctx, n))
	}
	for failures := freeFailures; failures <= hardCap && !t.Failed(); failures++ {
		f.guessAtAll(ctx, failures)
		f.admitted(ctx, failures)
		f.found(ctx, failures)
		f.sleep(ctx, waitAfter(failures))
	}
	for _, g := range f.targets {
		f.recovers(ctx, g)
	}
	if f.told == 0 && !t.Failed() {
		t.Error("no failure told of the wait that it began")
	}
	t.Log(f.users)
}

// waitAfter is the wait that a failure begins, by its number: 30 s, doubling, an hour at most.
func waitAfter(failures int) time.Duration {
	return min(30*time.Second<<(failures-freeFailures), time.Hour)
}

// admitted checks that no more guesses have been looked at than the waits admit; no fewer, since there were
// enough of them; and that every one that was answered as wrong is on record. A guess that nobody waited for
// may yet come late, and then stands for one of the next wait.
func (f *guessing) admitted(ctx context.Context, failures int) {
	f.t.Helper()
	for i, g := range f.targets {
		got := guesses{}
		c := f.site.Client(i % 3)
		for _, e := range c.AllEvents(ctx, f.t, url.Values{"user_id": {g.UserID}, "outcome": {"failure"}}) {
			got.count(e.Details["method"] == "recovery_code")
		}
		least := guesses{min(failures, g.ends.codes), min(failures, g.ends.recoveryCodes)}
		if most := (guesses{failures, failures}); !got.within(least, most) {
			f.t.Errorf("%s: %+v guesses were looked at, want %+v to %+v", g.UserID, got, least, most)
		}
		if seen := g.seenWrong(); !got.within(seen, got) {
			f.t.Errorf("%s: %+v guesses were answered as wrong, %+v are on record", g.UserID, seen, got)
		}
	}
}

// found checks that a connection which had no part in it finds a closed lane closed, for the right proof too.
func (f *guessing) found(ctx context.Context, failures int) {
	f.t.Helper()
	for i, g := range f.targets {
		c := f.site.Client((i + failures) % 3).Fresh()
		if failures <= g.ends.codes {
			right := c.Verify(ctx, g.UserID, site.Proof{Code: g.Code(site.StepAt(f.now()))})
			f.closed(g, "a right code", right, failures)
			if view := site.Read[site.User](f.t, c.GetUser(ctx, g.UserID)); view.TwoFactor.LockedUntil == nil {
				f.t.Errorf("%s: after %d failures the user is not shown as locked", g.UserID, failures)
			}
		}
		if failures <= g.ends.recoveryCodes {
			f.closed(g, "a right recovery code", c.Recover(ctx, g.UserID, g.RecoveryCodes[0]), failures)
		}
	}
}

func (f *guessing) closed(g *target, what string, o site.Outcome, failures int) {
	f.t.Helper()
	most := waitAfter(failures)
	least := most - time.Since(f.roundBegan).Truncate(time.Second) - time.Second
	switch {
	case failures == hardCap && o.Is("locked"):
	case failures < hardCap && o.Is("too_many_attempts") && least <= o.RetryAfter && o.RetryAfter <= most:
	default:
		f.t.Errorf("%s: %s after %d failures is answered %v, Retry-After %v", g.UserID, what, failures, o, o.RetryAfter)
	}
}

// recovers checks that, an hour after the last guess, a right proof works again; and what opens a lane that
// is closed for good.
func (f *guessing) recovers(ctx context.Context, g *target) {
	f.t.Helper()
	c := f.site.Client(0).Fresh()
	codeWorks := func() {
		f.t.Helper()
		site.Read[site.Verified](f.t, c.Verify(ctx, g.UserID, site.Proof{Code: g.Code(site.StepAt(f.now()))}))
	}
	recoveryCode := func() site.Outcome { return c.Recover(ctx, g.UserID, g.RecoveryCodes[0]) }
	switch g.ends {
	case guesses{hardCap, hardCap}:
		f.closed(g, "a right code", c.Verify(ctx, g.UserID, site.Proof{Code: g.Code(site.StepAt(f.now()))}), hardCap)
		f.closed(g, "a right recovery code", recoveryCode(), hardCap)
		token := f.managers.take(ctx, 1)[0]
		if disabled := c.StepUp(token).Disable(ctx, g.UserID, site.Proof{Reason: "locked out"}); !disabled.OK() {
			f.t.Errorf("%s: a manager's disable is answered %v", g.UserID, disabled)
		}
		g.Device = c.Enroll(ctx, f.t, g.UserID, site.StepAt(f.now())-2)
		codeWorks()
	case guesses{hardCap, freeFailures}:
		f.closed(g, "a right code", c.Verify(ctx, g.UserID, site.Proof{Code: g.Code(site.StepAt(f.now()))}), hardCap)
		site.Read[site.Verified](f.t, recoveryCode())
		codeWorks()
	default:
		codeWorks()
		site.Read[site.Verified](f.t, recoveryCode())
	}
}
