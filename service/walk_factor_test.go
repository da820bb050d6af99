package service_test

import (
	"encoding/base32"
	"fmt"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// begin begins an enrollment: the first, a further one, or a replacement.
func (w *walker) begin(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", anyUser)
	u := w.model.users[id]
	v := w.drawCaller(rt, id, domain.PurposeAccount, domain.PurposeLogin)
	var p *proofOf
	if canProve(u) && !oneInFive.Draw(rt, "without a proof") {
		p = w.prove(rt, id)
	}
	var replaces *device
	if len(u.apps) > 0 && rapid.Bool().Draw(rt, "replace") {
		replaces = rapid.SampledFrom(u.apps).Draw(rt, "device").device
	}
	return w.beginAs(v, id, replaces, p)
}

func (w *walker) beginAs(v modelCaller, id string, replaces *device, p *proofOf) *walkOp {
	d := &device{w: w.kit, userID: id}
	in := service.EnrollInput{UserID: id}
	if replaces != nil {
		in.Replaces = replaces.factorID
	}
	if p != nil {
		in.StepUp = p.text
	}
	return &walkOp{
		name: fmt.Sprintf("begin %s, replacing %t, proof %t, ticket %t", id, replaces != nil, p != nil, v.ticket()),
		do: func(s *service.Service) error {
			e, err := s.BeginEnrollment(w.kit.ctx, v.Caller, in)
			if err != nil {
				return err
			}
			d.factorID = e.Factor.ID
			d.secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.Secret)
			return err
		},
		predict: func(m, seen *model) domain.Code { return m.begin(seen, v, id, d, replaces, p) },
	}
}

// confirm ends an enrollment, or tries to.
func (w *walker) confirm(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", pending)
	v := w.drawCaller(rt, id, domain.PurposeAccount, domain.PurposeLogin)
	return w.confirmAs(v, id, oneInFive.Draw(rt, "wrong"))
}

func (w *walker) confirmAs(v modelCaller, id string, wrong bool) *walkOp {
	u := w.model.users[id]
	d := u.unfinished().device
	w.freshStep(u)
	texts := []string{d.code(-1), d.code(0)}
	if wrong {
		texts[1] = w.wrongCode(u)
	}
	if w.model.policy.EnrollmentCodes == 1 {
		texts = texts[1:]
	}
	step, shown := w.model.step(), new([]string)
	return &walkOp{
		name: fmt.Sprintf("confirm %s, wrong %t, ticket %t", id, wrong, v.ticket()),
		do: func(s *service.Service) error {
			p, err := s.Confirm(w.kit.ctx, v.Caller, d.pair(texts...))
			*shown = p.RecoveryCodes
			return err
		},
		predict: func(m, seen *model) domain.Code {
			return m.confirm(seen, v, id, d, step, len(texts), wrong, shown)
		},
	}
}

func (w *walker) verify(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", registered)
	v := w.drawCaller(rt, id, domain.PurposeAccount, domain.PurposeLogin)
	g, in := w.guess(rt, w.model.users[id], true)
	return &walkOp{
		name: fmt.Sprintf("verify %s: %+v, ticket %t", id, g, v.ticket()),
		do: func(s *service.Service) error {
			_, err := s.Verify(w.kit.ctx, v.Caller, service.VerifyInput{UserID: id, Proof: in})
			return err
		},
		predict: func(m, _ *model) domain.Code { return m.verify(v, id, g) },
	}
}

// disableOwn is by a proof, or by one's own step-up token.
func (w *walker) disableOwn(rt *rapid.T) *walkOp {
	id := w.pickAdmin(rt, "user", canProve)
	v := w.drawCaller(rt, id, domain.PurposeAccount)
	if rapid.Bool().Draw(rt, "by token") {
		return w.disable(v, id, w.prove(rt, id), "")
	}
	g, in := w.guess(rt, w.model.users[id], true)
	return &walkOp{
		name: fmt.Sprintf("disable own %s: %+v, ticket %t", id, g, v.ticket()),
		do: func(s *service.Service) error {
			return s.Disable(w.kit.ctx, v.Caller, service.DisableInput{UserID: id, Proof: in})
		},
		predict: func(m, seen *model) domain.Code { return m.disableByProof(seen, v, id, g) },
	}
}

// disableOther is by the step-up token of somebody who may manage the user, or may not.
func (w *walker) disableOther(rt *rapid.T) *walkOp {
	actor := w.pickAdmin(rt, "actor", canProve)
	id := w.pickAdmin(rt, "user", anyUser)
	reason := "lost"
	if oneInFive.Draw(rt, "without a reason") {
		reason = ""
	}
	return w.disable(modelCaller{Caller: w.key}, id, w.prove(rt, actor), reason)
}

func (w *walker) disable(v modelCaller, id string, p *proofOf, reason string) *walkOp {
	return &walkOp{
		name: fmt.Sprintf("disable %s by token of %s, ticket %t", id, p.id, v.ticket()),
		do: func(s *service.Service) error {
			return s.Disable(w.kit.ctx, v.Caller, service.DisableInput{UserID: id, StepUp: p.text, Reason: reason})
		},
		predict: func(m, seen *model) domain.Code { return m.disableByToken(seen, v, id, p, reason != "") },
	}
}

func (w *walker) removeFactor(rt *rapid.T) *walkOp {
	id := w.pickAdmin(rt, "user", removable)
	u := w.model.users[id]
	v := w.drawCaller(rt, id, domain.PurposeAccount)
	d := rapid.SampledFrom(u.apps).Draw(rt, "device").device
	var p *proofOf
	switch {
	case canProve(u) && (v.ticket() || rapid.Bool().Draw(rt, "own")):
		p = w.prove(rt, id)
	case !v.ticket() && len(w.ids(canProve)) > 0:
		p = w.prove(rt, w.pickAdmin(rt, "actor", canProve))
	}
	in := service.RemoveInput{UserID: id, FactorID: d.factorID}
	if p != nil {
		in.StepUp = p.text
	}
	return &walkOp{
		name:    fmt.Sprintf("remove a factor of %s, proof %t, ticket %t", id, p != nil, v.ticket()),
		do:      func(s *service.Service) error { return s.RemoveFactor(w.kit.ctx, v.Caller, in) },
		predict: func(m, seen *model) domain.Code { return m.removeApp(seen, v, id, d, p) },
	}
}
