package service_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// walkPass is an access pass that somebody gave.
type walkPass struct {
	text    string // once it was shown
	by      string
	seen    int       // generation of who gave it
	expires time.Time // once it was given
}

// givePass is by the step-up token of somebody who may manage the user, or may not.
func (w *walker) givePass(rt *rapid.T) *walkOp {
	actor := w.pick(rt, "actor", canProve)
	id := w.pick(rt, "user", anyUser)
	p := w.prove(rt, actor)
	in := service.GivePassInput{
		UserID: id, StepUp: p.text, Reason: "lost",
		Lifetime: rapid.SampledFrom([]time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour}).Draw(rt, "lifetime"),
	}
	if oneInFive.Draw(rt, "without a reason") {
		in.Reason = ""
	}
	given := &walkPass{by: p.id}
	w.passes = append(w.passes, given)
	return &walkOp{
		name: fmt.Sprintf("give %s a pass by token of %s", id, p.id),
		do: func(s *service.Service) error {
			shown, err := s.GiveAccessPass(w.kit.ctx, w.key, in)
			if err == nil {
				given.text = shown.Code.Text()
			}
			return err
		},
		predict: func(m, seen *model) domain.Code { return m.givePass(seen, id, p, in, given) },
	}
}

func (w *walker) endPass(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", anyUser)
	v := w.drawCaller(rt, id, domain.PurposeAccount)
	return &walkOp{
		name:    fmt.Sprintf("end the pass of %s, ticket %t", id, v.ticket()),
		do:      func(s *service.Service) error { return s.EndAccessPass(w.kit.ctx, v.Caller, id) },
		predict: func(m, _ *model) domain.Code { return m.endPass(v, id) },
	}
}

// verifyPass sends a pass, mostly one that the user was given; perhaps long ago.
func (w *walker) verifyPass(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", registered)
	g, in := w.guessPass(rt, w.model.users[id])
	g.purpose = anyPurpose.Draw(rt, "purpose")
	return w.verifyAs(w.drawCaller(rt, id, domain.PurposeAccount, domain.PurposeLogin), id, g, in)
}

// guessPass draws a pass: the user's, if there is one.
func (w *walker) guessPass(rt *rapid.T, u *modelUser) (guess, proof.Input) {
	pass := u.pass
	if pass == nil || oneInFive.Draw(rt, "any pass") {
		pass = &walkPass{text: "0000-0000-0000-0000-0000"}
		for _, given := range w.passes {
			if given.text != "" && rapid.Bool().Draw(rt, "this pass") {
				pass = given
				break
			}
		}
	}
	return guess{pass: pass}, proof.Input{AccessPass: pass.text}
}

// passable reports whether the user can prove a pass now.
func (m *model) passable(u *modelUser) bool {
	return m.usable(u.pass) && u.enabled() && u.recoveryLane.refusal(m.now) == ""
}

// usable reports whether a pass has time left, and who gave it is as then.
func (m *model) usable(p *walkPass) bool {
	return p != nil && m.now.Before(p.expires) && m.users[p.by] != nil && m.users[p.by].generation == p.seen
}

func (m *model) givePass(seen *model, id string, p *proofOf, in service.GivePassInput, given *walkPass) domain.Code {
	u, code := m.subject(modelCaller{}, id)
	if code != "" {
		return code
	}
	actor, code := m.stepUp(seen, modelCaller{}, p, false)
	if code == "" && actor.id == id {
		code = domain.CodeForbidden
	}
	if code == "" {
		code = m.stepUpFor(seen, modelCaller{}, u, p, true)
	}
	switch {
	case code != "":
		return code
	case p.recovery:
		return domain.CodeStepUpRequired
	case in.Reason == "":
		return domain.CodeReasonRequired
	case !u.profile.Active:
		return domain.CodeUserInactive
	case !u.local():
		return domain.CodeAuthSourceNotSupported
	case !u.enabled():
		return domain.CodeNotEnrolled
	}
	given.expires, given.seen = m.now.Add(in.Lifetime), p.seen
	u.pass, u.recoveryLane = given, budget{}
	return m.commit(id, u, p)
}

func (m *model) endPass(v modelCaller, id string) domain.Code {
	u, code := m.subject(v, id)
	if code != "" || u.pass == nil || !m.now.Before(u.pass.expires) {
		return code
	}
	u.pass = nil
	return m.commit(id, u, nil)
}
