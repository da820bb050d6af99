package service_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/token"
)

const day = 24 * time.Hour

var clockJumps = []time.Duration{90 * time.Second, -90 * time.Second, day, -day}

// incident is a server whose clock goes wrong, and a user whose phone goes
// right all the time.
type incident struct {
	*world
	id        string
	off       time.Duration // of the server's clock
	waited    time.Duration // for a lane
	phone     *device
	shown     []string // codes accepted, the newest last
	recovered []string // recovery codes accepted
	next      int      // recovery code
	ticket    string
	token     string
}

func (w *world) incident(id string) *incident {
	w.put(id, domain.RoleMember)
	return &incident{world: w, id: id}
}

// jump sets the server's clock by so much more.
func (n *incident) jump(by time.Duration) {
	n.clock.advance(by)
	n.off += by
	if n.phone != nil {
		n.phone.behind = n.off
	}
}

func (n *incident) setRight() { n.jump(-n.off) }

// clockJourney is what happens in a user's life with a second factor. Each part
// may be tried again when a wrong clock refused it.
var clockJourney = []struct {
	name string
	part func(*incident) error
}{
	{"begin", (*incident).beginEnrollment},
	{"confirm", (*incident).confirmEnrollment},
	{"verify", (*incident).logIn},
	{"resync", (*incident).resync},
	{"lock", (*incident).lock},
	{"verify after the wait", (*incident).logInAfterTheWait},
	{"recover", (*incident).useRecoveryCode},
	{"ticket", (*incident).useTicket},
	{"step-up token", (*incident).useToken},
	{"verify at the end", (*incident).logIn},
}

func (n *incident) beginEnrollment() error {
	n.phone = n.begin(service.EnrollInput{UserID: n.id})
	n.phone.behind = n.off
	return nil
}

// confirmEnrollment begins again when the first enrollment is over.
func (n *incident) confirmEnrollment() error {
	if n.snapshot(n.id).Enabled() {
		return nil
	}
	if err := n.beginEnrollment(); err != nil {
		return err
	}
	codes := []string{n.phone.code(-1), n.phone.code(0)}
	p, err := n.svc.Confirm(n.ctx, n.key, n.phone.confirmation(codes...))
	if err == nil {
		n.phone.codes = p.RecoveryCodes
		n.shown = append(n.shown, codes...)
	}
	return err
}

func (n *incident) logIn() error {
	n.clock.advance(n.phone.shows.Period)
	code := n.phone.code(0)
	err := n.phone.verify(n.svc, code)
	if err == nil {
		n.shown = append(n.shown, code)
	}
	return err
}

func (n *incident) resync() error {
	n.clock.advance(time.Minute)
	codes := []string{n.phone.code(-1), n.phone.code(0)}
	_, err := n.svc.Resync(n.ctx, n.key, n.phone.pair(codes...))
	if err == nil {
		n.shown = append(n.shown, codes...)
	}
	return err
}

func (n *incident) lock() error {
	for codeOf(n.phone.verify(n.svc, n.phone.wrong())) == domain.CodeCodeInvalid {
	}
	return nil
}

func (n *incident) logInAfterTheWait() error { return n.afterWait((*incident).logIn) }

// afterWait waits once, as long as Retry-After says, which must be enough.
func (n *incident) afterWait(part func(*incident) error) error {
	n.Helper()
	err := part(n)
	var refusal *domain.Error
	if !errors.As(err, &refusal) || refusal.Code != domain.CodeTooManyAttempts {
		return err
	}
	if length := n.snapshot(n.id).CodeLane.LockedFor; refusal.RetryAfter > length {
		n.Errorf("%s: told to wait %s of a wait of %s", n.id, refusal.RetryAfter, length)
	}
	n.clock.advance(refusal.RetryAfter)
	n.waited += refusal.RetryAfter
	return part(n)
}

func (n *incident) useRecoveryCode() error {
	code := n.phone.codes[n.next]
	err := n.phone.recover(n.svc, code)
	if err == nil {
		n.next++
		n.recovered = append(n.recovered, code)
	}
	return err
}

func (n *incident) useTicket() error {
	if n.ticket != "" {
		if _, err := n.svc.Authenticate(n.ctx, n.ticket); err == nil {
			return nil
		}
	}
	issued, err := n.svc.IssueTicket(n.ctx, n.key, token.TicketInput{UserID: n.id, Purpose: domain.PurposeAccount})
	n.ticket = issued.Text
	return err
}

func (n *incident) useToken() error {
	n.clock.advance(30 * time.Second)
	code := n.phone.code(0)
	p, err := n.svc.Verify(n.ctx, n.key, service.VerifyInput{UserID: n.id, Proof: proof.Input{Code: code}})
	if err != nil {
		return err
	}
	n.shown, n.token = append(n.shown, code), p.Token
	_, err = n.svc.ConsumeToken(n.ctx, n.key, p.Token)
	return err
}

// wantNoReplay sends what was accepted last once more, by every route. It
// leaves a lane alone that it might lock.
func (n *incident) wantNoReplay(when string) {
	n.Helper()
	last := len(n.shown) - 1
	if last >= 1 && n.snapshot(n.id).CodeLane.Failures < 3 {
		if n.phone.verify(n.svc, n.shown[last]) == nil {
			n.Errorf("%s: %s: a code was accepted again", n.id, when)
		}
		if _, err := n.svc.Resync(n.ctx, n.key, n.phone.pair(n.shown[last-1:]...)); err == nil {
			n.Errorf("%s: %s: a pair of codes was accepted again", n.id, when)
		}
	}
	if spent := len(n.recovered); spent > 0 && n.snapshot(n.id).RecoveryLane.Failures < 4 {
		if n.phone.recover(n.svc, n.recovered[spent-1]) == nil {
			n.Errorf("%s: %s: a recovery code was accepted again", n.id, when)
		}
	}
	if n.token != "" {
		if _, err := n.svc.ConsumeToken(n.ctx, n.key, n.token); err == nil {
			n.Errorf("%s: %s: a token was consumed again", n.id, when)
		}
	}
}

// wantWithinTwoSteps tries again with each new code, and does not count a wait
// that was due.
func (n *incident) wantWithinTwoSteps(name string, part func(*incident) error) {
	n.Helper()
	began, waited := n.clock.Now(), n.waited
	for {
		before := n.clock.Now()
		err := n.afterWait(part)
		if err == nil {
			return
		}
		if n.clock.Now().Equal(before) {
			n.clock.advance(30 * time.Second)
		}
		if n.clock.Now().Sub(began)-(n.waited-waited) >= time.Minute {
			n.Errorf("%s: %s, two steps after the clock is right: %v", n.id, name, err)
			return
		}
	}
}

func TestAWrongClockAtAnyPointAcceptsNoReplayAndLocksNobodyOut(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for at, during := range clockJourney {
		for _, by := range clockJumps {
			n := w.incident(fmt.Sprintf("%s at %s", during.name, by))
			for _, before := range clockJourney[:at] {
				if err := before.part(n); err != nil {
					t.Fatalf("%s: %s: %v", n.id, before.name, err)
				}
			}
			n.jump(by)
			n.wantNoReplay("after the jump")
			refused := during.part(n) // by a wrong clock: that may be
			n.wantNoReplay("with a wrong clock")
			n.setRight()
			n.wantNoReplay("with the clock right again")
			if n.phone != nil && n.snapshot(n.id).Enabled() {
				n.wantWithinTwoSteps("log in", (*incident).logIn)
			}
			rest := clockJourney[at:]
			if refused == nil {
				rest = rest[1:]
			}
			for _, after := range rest {
				n.wantWithinTwoSteps(after.name, after.part)
			}
		}
	}
}

// wantRefused sends a proof that must not be accepted, and keeps the lane open.
func (n *incident) wantRefused(what string, send func() error) {
	n.Helper()
	if n.snapshot(n.id).CodeLane.Failures == 4 {
		off := n.off
		n.setRight()
		n.wantWithinTwoSteps("log in", (*incident).logIn)
		n.jump(off)
	}
	if send() == nil {
		n.Errorf("%s was accepted again", what)
	}
}

func TestACodeIsSpentEvenWhenTheClockComesBackToItsTime(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	n := w.incident("ada")
	type moment struct {
		at    time.Time
		codes []string
	}
	var history []moment
	for _, name := range []string{"confirm", "verify", "resync", "verify", "step-up token"} {
		for _, part := range clockJourney {
			if part.name == name {
				known := len(n.shown)
				w.ok(part.part(n))
				history = append(history, moment{w.clock.Now(), n.shown[known:]})
			}
		}
		w.clock.advance(day / 4)
	}
	w.ok(n.logIn())
	for _, then := range history {
		for _, beside := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			back := then.at.Add(beside).Sub(w.clock.Now())
			n.jump(back)
			for _, code := range then.codes {
				n.wantRefused("a code", func() error { return n.phone.verify(w.svc, code) })
			}
			if len(then.codes) == 2 {
				n.wantRefused("a pair of codes", func() error {
					_, err := w.svc.Resync(w.ctx, w.key, n.phone.pair(then.codes...))
					return err
				})
			}
			n.setRight()
		}
	}
}

func TestAWrongClockNeverReopensARecoveryCode(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	n := w.incident("ada")
	w.ok(n.confirmEnrollment())
	for _, by := range clockJumps {
		w.ok(n.useRecoveryCode())
		n.jump(by)
		wantCode(t, n.phone.recover(w.svc, n.recovered[0]), domain.CodeCodeInvalid)
		w.ok(n.useRecoveryCode()) // it needs no clock, and clears the failure
		n.setRight()
		wantCode(t, n.phone.recover(w.svc, n.recovered[len(n.recovered)-1]), domain.CodeCodeInvalid)
	}
}
