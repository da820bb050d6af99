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

// visit draws who calls for a citizen.
func (w *walker) visit(rt *rapid.T, id string, purposes ...domain.Purpose) visitor {
	v := visitor{Caller: w.key}
	if !w.town.citizens[id].profile.Active || rapid.Bool().Draw(rt, "by the host") {
		return v
	}
	return w.ticket(rt, id, rapid.SampledFrom(purposes).Draw(rt, "ticket"))
}

func (w *walker) ticket(rt *rapid.T, id string, purpose domain.Purpose) visitor {
	issued, err := w.replicas[0].IssueTicket(w.kit.ctx, w.key, token.TicketInput{UserID: id, Purpose: purpose})
	w.ok(rt, err)
	return w.visitor(rt, id, issued.Text)
}

func (w *walker) visitor(rt *rapid.T, id, ticket string) visitor {
	caller, err := w.replicas[0].Authenticate(w.kit.ctx, ticket)
	w.ok(rt, err)
	return visitor{Caller: caller, serial: w.town.citizens[id].serial, offs: w.town.citizens[id].offs}
}

// freshStep waits until codes can be sent that are unspent and mean one step
// alone, and until the lane of codes is open.
func (w *walker) freshStep(c *citizen) {
	w.advance(30 * time.Second)
	if c.codeLane.refusal(w.town.now) == domain.CodeTooManyAttempts {
		w.advance(c.codeLane.at.Add(c.codeLane.length).Sub(w.town.now))
	}
	for w.ambiguous(c) {
		w.advance(30 * time.Second)
	}
}

func (w *walker) ambiguous(c *citizen) bool {
	shown := map[string]bool{}
	for _, a := range c.apps {
		for step := int64(-3); step <= 6; step++ {
			if shown[a.code(step)] {
				return true
			}
			shown[a.code(step)] = true
		}
	}
	return false
}

// nonsense is a code that no device of the citizen shows.
func (w *walker) nonsense(c *citizen) string {
	for n := 0; ; n++ {
		text := fmt.Sprintf("%06d", n)
		if !slices.ContainsFunc(c.apps, func(a app) bool {
			for step := int64(-25); step <= 25; step++ {
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

// able are those who can earn a step-up token now.
func able(c *citizen) bool {
	return c.profile.Active && c.enabled() && c.codeLane.failures < 20
}

// prove earns a step-up token; sometimes it is the one that was used last.
func (w *walker) prove(rt *rapid.T, id string) *proofOf {
	if w.lastUsed != nil && w.lastUsed.id == id && oneInFive.Draw(rt, "the same token") {
		return w.lastUsed
	}
	c := w.town.citizens[id]
	g, in := w.guess(rt, c, false)
	p, err := w.replicas[0].Verify(w.kit.ctx, w.key, service.VerifyInput{
		UserID: id, Proof: in, Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
	if got, want := codeOf(err), w.town.verify(visitor{}, id, g); got != want || got != "" {
		rt.Fatalf("a token for %s: %q, want %q", id, got, want)
	}
	w.lastUsed = &proofOf{text: p.Token, id: id, at: w.town.now.Unix(), seen: w.town.citizens[id].generation, lookup: g.lookup}
	return w.lastUsed
}

// guess draws a proof of a citizen with an active factor, right or wrong.
func (w *walker) guess(rt *rapid.T, c *citizen, maybeWrong bool) (guess, proof.Input) {
	if c.remaining() > 0 && oneInFive.Draw(rt, "by recovery code") && c.backLane.refusal(w.town.now) == "" {
		g := guess{lookup: true, set: c.codes, nth: slices.Index(c.spent[:], false)}
		if maybeWrong && oneInFive.Draw(rt, "any recovery code") {
			g.nth = rapid.IntRange(0, 7).Draw(rt, "which")
		}
		return g, proof.Input{RecoveryCode: (*c.codes)[g.nth]}
	}
	w.freshStep(c)
	if active := c.active(); len(active) > 0 && !(maybeWrong && oneInFive.Draw(rt, "wrong")) {
		a := rapid.SampledFrom(active).Draw(rt, "device")
		back := int64(0)
		if maybeWrong && oneInFive.Draw(rt, "the code before") {
			back = 1
		}
		return guess{from: a.device, step: w.town.step() - back}, proof.Input{Code: a.code(-back)}
	}
	return guess{wrong: true}, proof.Input{Code: w.nonsense(c)}
}
