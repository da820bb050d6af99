package service_test

import (
	"testing"
	"time"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/readiness"
	"github.com/countersign/countersign/service/stepup"
	"github.com/countersign/countersign/service/token"
)

// credentials are a token and a ticket earned at one moment.
func (n *incident) credentials() (stepUp, ticket string) {
	n.Helper()
	n.clock.advance(30 * time.Second)
	p, err := n.svc.Verify(n.ctx, n.key, service.VerifyInput{UserID: n.id, Proof: proof.Input{Code: n.phone.code(0)}})
	n.ok(err)
	issued, err := n.svc.IssueTicket(n.ctx, n.key, token.TicketInput{UserID: n.id, Purpose: domain.PurposeAccount})
	n.ok(err)
	return p.Token, issued.Text
}

func TestAWrongClockLetsNoTokenOrTicketOutliveItsTimeOnceItIsRight(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, by := range clockJumps {
		n := w.incident(by.String())
		w.ok(n.confirmEnrollment())
		token, ticket := n.credentials()
		wantHeld := func(when string, tokenHolds, ticketHolds bool) {
			_, active, err := w.svc.IntrospectToken(w.ctx, w.key, token)
			w.ok(err)
			_, err = w.svc.Authenticate(w.ctx, ticket)
			if active != tokenHolds || (err == nil) != ticketHolds {
				t.Errorf("%s: %s: token holds %t, want %t; ticket holds %t, want %t", by, when, active, tokenHolds, err == nil, ticketHolds)
			}
		}
		wantHeld("at once", true, true)
		n.jump(by)
		soon := by == 90*time.Second
		wantHeld("with a wrong clock", soon, soon)
		n.setRight()
		w.clock.advance(stepup.TokenLifetime - time.Second)
		wantHeld("in the last second of the token", true, true)
		w.clock.advance(time.Second)
		wantHeld("when the token ends", false, true)
		w.clock.advance(stepup.TicketLifetime - stepup.TokenLifetime - time.Second)
		wantHeld("in the last second of the ticket", false, true)
		w.clock.advance(time.Second)
		wantHeld("when the ticket ends", false, false)
	}
}

func TestATokenOrTicketOfAFastClockIsNoGoodBeforeItsTime(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, by := range []time.Duration{90 * time.Second, day} {
		n := w.incident(by.String())
		w.ok(n.confirmEnrollment())
		n.jump(by)
		n.phone.behind = 0 // the phone goes wrong as well: else the code would not be accepted
		token, ticket := n.credentials()
		n.setRight()
		_, active, err := w.svc.IntrospectToken(w.ctx, w.key, token)
		w.ok(err)
		_, err = w.svc.Authenticate(w.ctx, ticket)
		if active || err == nil {
			t.Errorf("%s: token holds %t, ticket holds %t", by, active, err == nil)
		}
	}
}

func TestAnEnrollmentOfAWrongClockIsOverWhenTheClockIsRight(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, by := range []time.Duration{-day, day} {
		n := w.incident(by.String())
		n.jump(by)
		w.ok(n.beginEnrollment())
		n.setRight()
		_, err := w.svc.Confirm(w.ctx, w.key, n.phone.confirmation(n.phone.code(-1), n.phone.code(0)))
		wantCode(t, err, domain.CodeEnrollmentExpired)
		w.ok(n.confirmEnrollment())
	}
}

func TestALockIsNoLongerThanItWasMeantToBeWhateverTheClockDid(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, by := range clockJumps {
		n := w.incident(by.String())
		w.ok(n.confirmEnrollment())
		n.jump(by)
		for range 5 {
			wantCode(t, n.phone.verify(w.svc, n.phone.wrong()), domain.CodeCodeInvalid)
		}
		n.setRight()
		n.wantWithinTwoSteps("log in", (*incident).logIn)
	}
}

// earnAndUse proves a code for one of Countersign's own routes, and uses the
// proof there.
func (n *incident) earnAndUse() error {
	n.clock.advance(30 * time.Second)
	p, err := n.svc.Verify(n.ctx, n.key, service.VerifyInput{
		UserID: n.id, Proof: proof.Input{Code: n.phone.code(0)},
		Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
	if err != nil {
		return err
	}
	_, err = n.svc.RevealRecoveryCodes(n.ctx, n.key, service.RevealInput{UserID: n.id, StepUp: p.Token})
	return err
}

func TestAProofGivenByARightClockCountsAlthoughTheFactorsChangedByAFastOne(t *testing.T) {
	t.Parallel()
	t.Run("a confirm 90 s fast", func(t *testing.T) {
		t.Parallel()
		w := onSQLite(t)
		n := w.incident("ada")
		n.jump(90 * time.Second)
		w.ok(n.confirmEnrollment()) // the codes of a phone that goes right
		n.setRight()
		n.wantWithinTwoSteps("use a step-up token", (*incident).earnAndUse)
	})
	t.Run("a factor removed a day fast", func(t *testing.T) {
		t.Parallel()
		w := onSQLite(t)
		n := w.incident("ada")
		w.ok(n.confirmEnrollment())
		w.clock.advance(time.Minute)
		tablet := w.begin(service.EnrollInput{UserID: "ada", StepUp: n.phone.stepUp()}).confirm()
		n.jump(day)
		p, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
			UserID: "ada", Proof: proof.Input{RecoveryCode: n.phone.codes[0]}, // asks no clock
			Token: proof.TokenRequest{Audience: domain.OwnAudience},
		})
		w.ok(err)
		w.ok(w.svc.RemoveFactor(w.ctx, w.key, service.RemoveInput{UserID: "ada", FactorID: tablet.factorID, StepUp: p.Token}))
		n.setRight()
		n.wantWithinTwoSteps("use a step-up token", (*incident).earnAndUse)
	})
}

func TestAProofOfBeforeTheIncidentStaysVoidWhenTheFactorsChangedInIt(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	n := w.incident("ada")
	w.ok(n.confirmEnrollment())
	w.clock.advance(time.Minute)
	tablet := w.begin(service.EnrollInput{UserID: "ada", StepUp: n.phone.stepUp()}).confirm()
	old := n.phone.stepUp()
	n.jump(90 * time.Second)
	n.phone.behind = 0 // the phone goes wrong as well
	p, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
		UserID: "ada", Proof: proof.Input{RecoveryCode: n.phone.codes[0]},
		Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
	w.ok(err)
	ahead, _ := n.credentials() // its time is still to come when the clock is right
	w.clock.advance(time.Second)
	w.ok(w.svc.RemoveFactor(w.ctx, w.key, service.RemoveInput{UserID: "ada", FactorID: tablet.factorID, StepUp: p.Token}))
	n.setRight()
	_, err = w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: old})
	wantCode(t, err, domain.CodeStepUpRequired)
	w.ok(n.phone.recover(w.svc, n.phone.codes[1]))
	_, err = w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: old})
	wantCode(t, err, domain.CodeStepUpRequired)
	for range 10 {
		w.clock.advance(30 * time.Second)
		if _, active, err := w.svc.IntrospectToken(w.ctx, w.key, ahead); active || err != nil {
			t.Errorf("a token of the incident came alive: %t, %v", active, err)
		}
	}
}

func TestASweepByAFastClockForgetsNoTokenThatStillHolds(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		n := w.incident("ada")
		w.ok(n.confirmEnrollment())
		token, _ := n.credentials()
		_, err := w.svc.ConsumeToken(w.ctx, w.key, token)
		w.ok(err)
		n.jump(day)
		w.ok(w.store.Sweep(w.ctx, w.clock.Now())) // as serve does each minute
		n.setRight()
		_, err = w.svc.ConsumeToken(w.ctx, w.key, token)
		wantCode(w.T, err, domain.CodeTokenConsumed)
	})
}

func TestAClockFarFromTheDatabasesJudgesNoTokenAndNoTicket(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.clock.advance(-day)
	n := w.incident("ada")
	w.ok(n.confirmEnrollment())
	token, ticket := n.credentials() // of yesterday, as the database's clock has it
	if r := w.probed(w.svc); r.Clock != readiness.ClockUntrusted {
		t.Fatal("a day apart, and ready")
	}
	_, err := w.svc.ConsumeToken(w.ctx, w.key, token)
	if got := codeOf(err); got != domain.CodeClockUntrusted {
		t.Errorf("a token of yesterday: got %q, want %q", got, domain.CodeClockUntrusted)
	}
	_, err = w.svc.Authenticate(w.ctx, ticket)
	if got := codeOf(err); got != domain.CodeClockUntrusted {
		t.Errorf("a ticket of yesterday: got %q, want %q", got, domain.CodeClockUntrusted)
	}
}

func TestAMandateSetByAFastClockHoldsAtOnceWhenTheClockIsRight(t *testing.T) {
	t.Parallel()
	for name, incident := range map[string]func(w *world, root *device){
		"the mandate": func(w *world, root *device) {
			w.put("ada", domain.RoleMember)
			w.clock.advance(day)
			w.mandate(root)
			w.clock.advance(-day)
		},
		"the user": func(w *world, root *device) {
			w.clock.advance(day)
			w.put("ada", domain.RoleMember)
			w.clock.advance(-day)
			root.behind = 0
			w.mandate(root)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			incident(w, w.enroll("root", domain.RoleAdmin))
			if d := w.decision("ada"); d.Decision != domain.DecisionEnroll {
				t.Errorf("no grace was granted, and the decision is %s, %s, by %s", d.Decision, d.Reason, d.EnrollBy)
			}
		})
	}
}
