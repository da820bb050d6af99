package service_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service/domain"
)

// clockWalk is one user of an incident that does not end.
type clockWalk struct {
	*incident
	run      *clockRun
	follows  bool               // the phone goes wrong with the server
	brings   *factortest.Device // what the phone is, of somebody who brought it; nil: enrolled
	accepted map[string]bool    // factor and step
	last     map[string]int64   // step, by factor
	sent     []string           // codes accepted, with the times they are of
	times    []time.Time
}

type clockRun struct {
	users, steps, accepted, replays, locks int
	broken                                 bool
}

func TestARandomWalkOfTheClockAcceptsNoStepOfAFactorTwice(t *testing.T) {
	t.Parallel()
	steps, limit := walkSteps(t, "COUNTERSIGN_CLOCK_STEPS", 2000), walkTime(t)
	w, run, began := onSQLite(t), &clockRun{}, time.Now()
	start := w.clock.Now()
	over := func() bool { return run.steps >= steps || time.Since(began) > limit }
	for !over() {
		rapid.Check(t, func(rt *rapid.T) {
			if over() && !run.broken {
				return
			}
			broken := run.broken
			run.broken = true // until the example ends well; a failing one is tried to the end
			w.clock.advance(start.Sub(w.clock.Now()))
			run.users++
			n := &clockWalk{
				incident: w.incident(fmt.Sprintf("user-%d", run.users)), run: run,
				follows: rapid.Bool().Draw(rt, "the phone follows"), accepted: map[string]bool{}, last: map[string]int64{},
			}
			if rapid.Bool().Draw(rt, "imported") {
				shows := rapid.SampledFrom([]func() factortest.Device{factortest.Plain, factortest.Token, factortest.Quick}).Draw(rt, "device")()
				n.brings = &shows
			}
			n.walk(rt)
			run.broken = broken
		})
		t.Logf("%d steps of %d users: %d proofs accepted, %d replays and %d waits refused; %s",
			run.steps, run.users, run.accepted, run.replays, run.locks, time.Since(began).Round(time.Second))
	}
}

func (n *clockWalk) walk(rt *rapid.T) {
	n.enrollAnew(rt)
	rt.Repeat(map[string]func(*rapid.T){
		"": func(*rapid.T) { n.run.steps++ },
		"time passes": func(rt *rapid.T) {
			n.clock.advance(time.Duration(rapid.IntRange(1, 90).Draw(rt, "seconds")) * time.Second)
		},
		"the clock jumps":     func(rt *rapid.T) { n.shiftClock(rapid.SampledFrom(clockJumps).Draw(rt, "by")) },
		"the clock is right":  func(*rapid.T) { n.shiftClock(-n.off) },
		"a code":              n.code,
		"a code, once more":   n.code,
		"a pair":              n.pair,
		"a replay":            n.replay,
		"a replay, once more": n.replay,
		"a replay of its time": func(rt *rapid.T) {
			i := n.pickSent(rt)
			n.shiftClock(n.times[i].Sub(n.clock.Now()))
			n.again(rt, i)
		},
		"a recovery code": n.recoveryCode,
		"a wrong code":    func(*rapid.T) { _ = n.phone.verify(n.svc, n.phone.wrong()) },
		"the end of a wait": func(rt *rapid.T) {
			n.clock.advance(n.laneOpen(rt))
		},
	})
	n.shiftClock(-n.off)
	n.wantNobodyLockedOut(rt)
}

// shiftClock sets the clock on by so much; the phone follows, or keeps the right time.
func (n *clockWalk) shiftClock(by time.Duration) {
	n.jump(by)
	if n.follows && n.phone != nil {
		n.phone.behind = 0
	}
}

// enrollAnew gives the user a factor, at first or after a reset.
func (n *clockWalk) enrollAnew(rt *rapid.T) {
	n.shiftClock(-n.off)
	n.next, n.sent, n.times = 0, nil, nil
	if n.brings != nil {
		n.bringAnew(rt)
		return
	}
	if err := n.confirmEnrollment(); err != nil {
		rt.Fatal(err)
	}
	n.note(rt, n.shown[len(n.shown)-2:]...)
}

// bringAnew gives the user a factor from elsewhere, which comes without recovery codes.
func (n *clockWalk) bringAnew(rt *rapid.T) {
	n.phone, n.next = n.importFactor(n.id, *n.brings), 8
	code := n.phone.code(0)
	if err := n.phone.verify(n.svc, code); err != nil {
		rt.Fatal(err)
	}
	n.note(rt, code)
}

// note compares accepted codes of consecutive steps with all accepted before.
// Which step the last was spent as stands in the aggregate; each must be the
// code of its step.
func (n *clockWalk) note(rt *rapid.T, codes ...string) {
	rt.Helper()
	n.noteUpTo(rt, n.snapshot(n.id).Factors[0].TOTP.LastStep, codes...)
}

func (n *clockWalk) noteUpTo(rt *rapid.T, last int64, codes ...string) {
	rt.Helper()
	n.run.accepted++
	f := n.snapshot(n.id).Factors[0]
	now := n.phone.step()
	for i, code := range codes {
		step := last - int64(len(codes)-1-i)
		pair := fmt.Sprintf("%s/%d", f.ID, step)
		switch {
		case n.accepted[pair]:
			rt.Fatalf("step %d of factor %s was accepted twice", step, f.ID)
		case step <= n.last[f.ID]:
			rt.Fatalf("step %d of factor %s was accepted after step %d", step, f.ID, n.last[f.ID])
		case n.phone.code(step-now) != code:
			rt.Fatalf("a code that is not of step %d was spent as that", step)
		}
		n.accepted[pair], n.last[f.ID] = true, step
		n.sent = append(n.sent, code)
		n.times = append(n.times, time.Unix(step*int64(n.phone.shows.Period/time.Second), 0).UTC())
	}
}

// resetIfLocked resets a user whose lane is closed for good, and enrolls the user again.
func (n *clockWalk) resetIfLocked(rt *rapid.T) bool {
	u := n.snapshot(n.id)
	if u.CodeLane.Failures < 20 && u.RecoveryLane.Failures < 20 {
		return false
	}
	if err := n.svc.ResetUser(n.ctx, domain.Operator{Account: "test"}, tenantName, n.id, "locked"); err != nil {
		rt.Fatal(err)
	}
	n.enrollAnew(rt)
	return true
}

func (n *clockWalk) laneOpen(rt *rapid.T) time.Duration {
	view, err := n.svc.GetUser(n.ctx, n.key, n.id)
	if err != nil {
		rt.Fatal(err)
	}
	if view.TwoFactor.LockedUntil.IsZero() || n.resetIfLocked(rt) {
		return 0
	}
	n.run.locks++
	return view.TwoFactor.LockedUntil.Sub(n.clock.Now())
}

// ahead is how many steps ahead codes are sent: a phone that goes right shows
// none of those to come.
func (n *clockWalk) ahead(steps int64) int64 {
	if n.follows {
		return steps
	}
	return 0
}

func (n *clockWalk) code(rt *rapid.T) {
	if n.resetIfLocked(rt) {
		return
	}
	code := n.phone.code(rapid.Int64Range(-1, n.ahead(1)).Draw(rt, "offset"))
	if n.phone.verify(n.svc, code) == nil {
		n.note(rt, code)
	}
}

func (n *clockWalk) pair(rt *rapid.T) {
	if n.resetIfLocked(rt) {
		return
	}
	beyond := int64(10*time.Minute/n.phone.shows.Period) + 1
	at := rapid.Int64Range(-beyond, n.ahead(beyond)).Draw(rt, "offset")
	first, second := n.phone.code(at-1), n.phone.code(at)
	p, err := n.svc.Resync(n.ctx, n.key, n.phone.pair(first, second))
	if err != nil {
		return
	}
	if p.Unsigned != (p.Token == "") {
		rt.Fatalf("unsigned %t, token %q", p.Unsigned, p.Token)
	}
	skipped := int64(0)
	if p.Unsigned {
		skipped = 1 // the step after a pair that is not timely is spent with it
	}
	n.noteUpTo(rt, n.snapshot(n.id).Factors[0].TOTP.LastStep-skipped, first, second)
	n.last[n.phone.factorID] += skipped
}

func (n *clockWalk) pickSent(rt *rapid.T) int {
	return rapid.IntRange(0, len(n.sent)-1).Draw(rt, "which")
}

func (n *clockWalk) replay(rt *rapid.T) { n.again(rt, n.pickSent(rt)) }

// again sends an accepted code. Should it be accepted, note decides whether it
// happened to be the code of another step.
func (n *clockWalk) again(rt *rapid.T, i int) {
	code := n.sent[i]
	if n.resetIfLocked(rt) {
		return
	}
	if n.phone.verify(n.svc, code) == nil {
		n.note(rt, code)
		return
	}
	n.run.replays++
}

// recoveryCode sends the next one, and all before it once more.
func (n *clockWalk) recoveryCode(rt *rapid.T) {
	if n.next == 8 || n.resetIfLocked(rt) {
		return
	}
	if err := n.phone.recover(n.svc, n.phone.codes[n.next]); err != nil {
		rt.Fatalf("recovery code %d: %v", n.next, err)
	}
	n.run.accepted++
	n.next++
	if n.phone.recover(n.svc, n.phone.codes[n.next-1]) == nil {
		rt.Fatalf("recovery code %d was accepted twice", n.next-1)
	}
}

// wantNobodyLockedOut: with the clock right, and after a wait that is due, a
// phone that went right all the time logs in within two steps; of one that went
// wrong the steps to come may be spent, and a recovery code serves.
func (n *clockWalk) wantNobodyLockedOut(rt *rapid.T) {
	switch {
	case n.snapshot(n.id).CodeLane.Failures > 17: // about to close for good, as it should
		return
	case n.follows:
		n.recoveryCode(rt)
		return
	}
	err := n.afterWait((*incident).logIn)
	if codeOf(err) == domain.CodeCodeInvalid {
		err = n.afterWait((*incident).logIn)
	}
	if err != nil {
		rt.Fatalf("two steps after the clock is right: %v", err)
	}
}
