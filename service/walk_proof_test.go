package service_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/token"
)

// drawCaller draws who calls for a user.
func (w *walker) drawCaller(rt *rapid.T, id string, purposes ...domain.Purpose) modelCaller {
	v := modelCaller{Caller: w.key}
	if !w.model.users[id].profile.Active || rapid.Bool().Draw(rt, "by the host") {
		return v
	}
	return w.ticket(rt, id, rapid.SampledFrom(purposes).Draw(rt, "ticket"))
}

func (w *walker) ticket(rt *rapid.T, id string, purpose domain.Purpose) modelCaller {
	issued, err := w.replicas[0].IssueTicket(w.kit.ctx, w.key, token.TicketInput{UserID: id, Purpose: purpose})
	w.ok(rt, err)
	return w.ticketCaller(rt, id, issued.Text)
}

func (w *walker) ticketCaller(rt *rapid.T, id, ticket string) modelCaller {
	caller, err := w.replicas[0].Authenticate(w.kit.ctx, ticket)
	w.ok(rt, err)
	return modelCaller{Caller: caller, serial: w.model.users[id].serial, ticketEpoch: w.model.users[id].ticketEpoch}
}

// freshStep waits until codes can be sent that are unspent and mean one step
// alone, and until the lane of codes is open.
func (w *walker) freshStep(u *modelUser) {
	longest := 30 * time.Second
	for _, a := range u.apps {
		longest = max(longest, a.shows.Period)
	}
	w.advance(longest)
	if u.codeLane.refusal(w.model.now) == domain.CodeTooManyAttempts {
		w.advance(u.codeLane.at.Add(u.codeLane.length).Sub(w.model.now))
	}
	for w.ambiguous(u) {
		w.advance(longest)
	}
}

func (w *walker) ambiguous(u *modelUser) bool {
	shown := map[string]bool{}
	for _, a := range u.apps {
		for step := int64(-3); step <= 6 && !a.passkey(); step++ {
			if shown[a.code(step)] {
				return true
			}
			shown[a.code(step)] = true
		}
	}
	return false
}

// wrongCode is a code that no device of the user shows.
func (w *walker) wrongCode(u *modelUser) string {
	for n := 0; ; n++ {
		text := fmt.Sprintf("%06d", n)
		if !slices.ContainsFunc(u.apps, func(a app) bool {
			for step := int64(-25); step <= 25 && !a.passkey(); step++ {
				if a.code(step) == text {
					return true
				}
			}
			return false
		}) {
			return text
		}
	}
}

// guesses sends wrong codes until the lane waits, or is closed for good, and then a
// further proof: one by passkey does not wait.
func (w *walker) guesses(rt *rapid.T) {
	id := w.pick(rt, "user", func(u *modelUser) bool { return u.profile.Active && u.enabled() })
	for range rapid.SampledFrom([]int{5, 5, 5, 20}).Draw(rt, "times") {
		u := w.model.users[id]
		if u.codeLane.refusal(w.model.now) != "" {
			w.freshStep(u)
		}
		w.apply(rt, w.verifyAs(modelCaller{Caller: w.key}, id, guess{wrong: true}, proof.Input{Code: w.wrongCode(u)}))
	}
	g, in := guess{wrong: true}, proof.Input{Code: w.wrongCode(w.model.users[id])}
	if w.model.asks(w.model.users[id]) && rapid.Bool().Draw(rt, "by passkey") {
		g = w.assert(rt, w.model.users[id], false, purpose{})
		in = proof.Input{Passkey: &g.assertion.sent}
	}
	w.apply(rt, w.verifyAs(modelCaller{Caller: w.key}, id, g, in))
}

// canProve reports whether the user can earn a step-up token now.
func canProve(u *modelUser) bool {
	return u.profile.Active && u.enabled() && (len(u.passkeys()) > 0 || u.codeLane.failures < 20)
}

// codeApps are the active apps.
func (u *modelUser) codeApps() []app {
	return slices.DeleteFunc(u.active(), func(a app) bool { return a.passkey() })
}

// prove earns a step-up token; sometimes it is the one that was used last.
func (w *walker) prove(rt *rapid.T, id string) *proofOf {
	if w.lastUsed != nil && w.lastUsed.id == id && oneInFive.Draw(rt, "the same token") {
		return w.lastUsed
	}
	u := w.model.users[id]
	own := purpose{audience: domain.OwnAudience}
	g, in := w.guess(rt, u, false, own)
	if w.model.passable(u) && oneInFive.Draw(rt, "by pass") {
		g, in = guess{pass: u.pass}, proof.Input{AccessPass: u.pass.text}
	}
	g.purpose = own
	p, err := w.replicas[0].Verify(w.kit.ctx, w.key, service.VerifyInput{
		UserID: id, Proof: in, Token: own.request(),
	})
	if got, want := codeOf(err), w.model.verify(w.model, modelCaller{}, id, g); got != want || got != "" {
		rt.Fatalf("a token for %s: %q, want %q", id, got, want)
	}
	w.lastUsed = &proofOf{
		text: p.Token, id: id, at: w.model.now.Unix(), seen: w.model.users[id].generation,
		recovery: g.recovery || g.pass != nil, pass: g.pass != nil, passkey: g.assertion != nil,
	}
	return w.lastUsed
}

// guess draws a proof of a user with an active factor, right or wrong.
func (w *walker) guess(rt *rapid.T, u *modelUser, maybeWrong bool, p purpose) (guess, proof.Input) {
	if w.model.asks(u) && !(maybeWrong && oneInFive.Draw(rt, "not by passkey")) &&
		(len(u.codeApps()) == 0 || u.codeLane.failures >= 20 || rapid.Bool().Draw(rt, "by passkey")) {
		g := w.assert(rt, u, maybeWrong, p)
		return g, proof.Input{Passkey: &g.assertion.sent}
	}
	g, in := w.guessCode(rt, u, maybeWrong)
	g.purpose = p
	return g, in
}

func (w *walker) guessCode(rt *rapid.T, u *modelUser, maybeWrong bool) (guess, proof.Input) {
	if u.remaining() > 0 && oneInFive.Draw(rt, "by recovery code") && u.recoveryLane.refusal(w.model.now) == "" {
		g := guess{recovery: true, set: u.codes, nth: slices.Index(u.spent[:], false)}
		if maybeWrong && oneInFive.Draw(rt, "any recovery code") {
			g.nth = rapid.IntRange(0, 7).Draw(rt, "which")
		}
		return g, proof.Input{RecoveryCode: (*u.codes)[g.nth]}
	}
	if maybeWrong && u.codeLane.refusal(w.model.now) != "" && rapid.Bool().Draw(rt, "without waiting") {
		return guess{wrong: true}, proof.Input{Code: w.wrongCode(u)}
	}
	w.freshStep(u)
	if active := u.codeApps(); len(active) > 0 && !(maybeWrong && oneInFive.Draw(rt, "wrong")) {
		a := rapid.SampledFrom(active).Draw(rt, "device")
		back := int64(0)
		if maybeWrong && oneInFive.Draw(rt, "the code before") {
			back = 1
		}
		return guess{from: a.walkDevice, step: w.model.step(a.walkDevice) - back}, proof.Input{Code: a.code(-back)}
	}
	return guess{wrong: true}, proof.Input{Code: w.wrongCode(u)}
}
