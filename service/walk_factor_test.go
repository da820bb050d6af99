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
	id := w.pick(rt, "user", anybody)
	c := w.town.citizens[id]
	v := w.visit(rt, id, domain.PurposeAccount, domain.PurposeLogin)
	var p *proofOf
	if able(c) && !oneInFive.Draw(rt, "without a proof") {
		p = w.prove(rt, id)
	}
	var replaces *device
	if len(c.apps) > 0 && rapid.Bool().Draw(rt, "replace") {
		replaces = rapid.SampledFrom(c.apps).Draw(rt, "device").device
	}
	return w.beginAs(v, id, replaces, p)
}

func (w *walker) beginAs(v visitor, id string, replaces *device, p *proofOf) *walkOp {
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
		predict: func(t, seen *town) domain.Code { return t.begin(seen, v, id, d, replaces, p) },
	}
}

// confirm ends an enrollment, or tries to.
func (w *walker) confirm(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", pending)
	v := w.visit(rt, id, domain.PurposeAccount, domain.PurposeLogin)
	return w.confirmAs(v, id, oneInFive.Draw(rt, "wrong"))
}

func (w *walker) confirmAs(v visitor, id string, wrong bool) *walkOp {
	c := w.town.citizens[id]
	d := c.unfinished().device
	w.freshStep(c)
	texts := []string{d.code(-1), d.code(0)}
	if wrong {
		texts[1] = w.nonsense(c)
	}
	if w.town.policy.EnrollmentCodes == 1 {
		texts = texts[1:]
	}
	step, shown := w.town.step(), new([]string)
	return &walkOp{
		name: fmt.Sprintf("confirm %s, wrong %t, ticket %t", id, wrong, v.ticket()),
		do: func(s *service.Service) error {
			p, err := s.Confirm(w.kit.ctx, v.Caller, d.pair(texts...))
			*shown = p.RecoveryCodes
			return err
		},
		predict: func(t, seen *town) domain.Code {
			return t.confirm(seen, v, id, d, step, len(texts), wrong, shown)
		},
	}
}

func (w *walker) verify(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", registered)
	v := w.visit(rt, id, domain.PurposeAccount, domain.PurposeLogin)
	g, in := w.guess(rt, w.town.citizens[id], true)
	return &walkOp{
		name: fmt.Sprintf("verify %s: %+v, ticket %t", id, g, v.ticket()),
		do: func(s *service.Service) error {
			_, err := s.Verify(w.kit.ctx, v.Caller, service.VerifyInput{UserID: id, Proof: in})
			return err
		},
		predict: func(t, _ *town) domain.Code { return t.verify(v, id, g) },
	}
}

// disableOwn is by a proof, or by one's own step-up token.
func (w *walker) disableOwn(rt *rapid.T) *walkOp {
	id := w.mighty(rt, "user", able)
	v := w.visit(rt, id, domain.PurposeAccount)
	if rapid.Bool().Draw(rt, "by token") {
		return w.disable(v, id, w.prove(rt, id), "")
	}
	g, in := w.guess(rt, w.town.citizens[id], true)
	return &walkOp{
		name: fmt.Sprintf("disable own %s: %+v, ticket %t", id, g, v.ticket()),
		do: func(s *service.Service) error {
			return s.Disable(w.kit.ctx, v.Caller, service.DisableInput{UserID: id, Proof: in})
		},
		predict: func(t, seen *town) domain.Code { return t.disableByProof(seen, v, id, g) },
	}
}

// disableOther is by the step-up token of an overseer, or of one who is none.
func (w *walker) disableOther(rt *rapid.T) *walkOp {
	actor := w.mighty(rt, "actor", able)
	id := w.mighty(rt, "user", anybody)
	reason := "lost"
	if oneInFive.Draw(rt, "without a reason") {
		reason = ""
	}
	return w.disable(visitor{Caller: w.key}, id, w.prove(rt, actor), reason)
}

func (w *walker) disable(v visitor, id string, p *proofOf, reason string) *walkOp {
	return &walkOp{
		name: fmt.Sprintf("disable %s by token of %s, ticket %t", id, p.id, v.ticket()),
		do: func(s *service.Service) error {
			return s.Disable(w.kit.ctx, v.Caller, service.DisableInput{UserID: id, StepUp: p.text, Reason: reason})
		},
		predict: func(t, seen *town) domain.Code { return t.disableByToken(seen, v, id, p, reason != "") },
	}
}

func (w *walker) removeFactor(rt *rapid.T) *walkOp {
	id := w.mighty(rt, "user", removable)
	c := w.town.citizens[id]
	v := w.visit(rt, id, domain.PurposeAccount)
	d := rapid.SampledFrom(c.apps).Draw(rt, "device").device
	var p *proofOf
	switch {
	case able(c) && (v.ticket() || rapid.Bool().Draw(rt, "own")):
		p = w.prove(rt, id)
	case !v.ticket() && len(w.ids(able)) > 0:
		p = w.prove(rt, w.mighty(rt, "actor", able))
	}
	in := service.RemoveInput{UserID: id, FactorID: d.factorID}
	if p != nil {
		in.StepUp = p.text
	}
	return &walkOp{
		name:    fmt.Sprintf("remove a factor of %s, proof %t, ticket %t", id, p != nil, v.ticket()),
		do:      func(s *service.Service) error { return s.RemoveFactor(w.kit.ctx, v.Caller, in) },
		predict: func(t, seen *town) domain.Code { return t.removeApp(seen, v, id, d, p) },
	}
}
