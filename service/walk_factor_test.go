package service_test

import (
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
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
	var replaces *walkDevice
	if len(u.apps) > 0 && rapid.Bool().Draw(rt, "replace") {
		replaces = rapid.SampledFrom(u.apps).Draw(rt, "device").walkDevice
	}
	return w.beginAs(v, id, w.drawKind(rt), replaces, p)
}

// further adds a device, or tries to, after another was begun perhaps.
func (w *walker) further(rt *rapid.T) {
	id := w.pickAdmin(rt, "user", canProve)
	v := modelCaller{Caller: w.key}
	if oneInFive.Draw(rt, "another first") {
		w.apply(rt, w.beginAs(v, id, w.drawKind(rt), nil, w.prove(rt, id)))
	}
	if w.apply(rt, w.beginAs(v, id, w.drawKind(rt), nil, w.prove(rt, id))) == "" {
		w.apply(rt, w.confirmAs(rt, v, id, w.model.users[id].unfinished().passkey(), false))
	}
}

// drawKind draws what is enrolled; a tenant without pages is asked for a passkey less often.
func (w *walker) drawKind(rt *rapid.T) domain.FactorType {
	if rapid.Bool().Draw(rt, "passkey") && (w.model.passkeys || oneInFive.Draw(rt, "all the same")) {
		return domain.FactorPasskey
	}
	return domain.FactorTOTP
}

func (w *walker) beginAs(v modelCaller, id string, kind domain.FactorType, replaces *walkDevice, p *proofOf) *walkOp {
	d := w.newDevice(id, kind)
	in := service.EnrollInput{UserID: id, Type: kind}
	if replaces != nil {
		in.Replaces = replaces.factorID
	}
	if p != nil {
		in.StepUp = p.text
	}
	return &walkOp{
		name: fmt.Sprintf("begin a %s of %s, replacing %t, proof %t, ticket %t", kind, id, replaces != nil, p != nil, v.ticket()),
		do: func(s *service.Service) error {
			e, err := s.BeginEnrollment(w.kit.ctx, v.Caller, in)
			if err != nil {
				return err
			}
			d.factorID, d.options = e.Factor.ID, e.Options
			d.shows.Secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.Secret)
			return err
		},
		predict: func(m, seen *model) domain.Code { return m.begin(seen, v, id, d, replaces, p) },
	}
}

// importFactor brings a factor of other parameters, beside what the user has.
func (w *walker) importFactor(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", func(u *modelUser) bool { return len(u.apps) < domain.MaxFactors })
	d := w.newDevice(id, domain.FactorTOTP)
	shows := map[string]func() factortest.Device{"plain": factortest.Plain, "token": factortest.Token, "quick": factortest.Quick}
	kind := rapid.SampledFrom([]string{"plain", "token", "quick"}).Draw(rt, "device")
	d.shows = shows[kind]()
	return &walkOp{
		name: fmt.Sprintf("import a %s of %s", kind, id),
		do: func(*service.Service) (err error) {
			key := domain.UserKey{TenantID: w.tenant, UserID: id}
			for err = domain.ErrConflict; errors.Is(err, domain.ErrConflict); {
				d.factorID, err = factortest.Add(w.kit.ctx, w.kit.store, w.kit.sealer, key, d.shows, w.kit.clock.Now())
			}
			return err
		},
		predict: func(m, _ *model) domain.Code { return m.importFactor(id, d) },
	}
}

// confirm ends an enrollment, or tries to.
func (w *walker) confirm(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", pending)
	v := w.drawCaller(rt, id, domain.PurposeAccount, domain.PurposeLogin)
	passkey := w.model.users[id].unfinished().passkey() != oneInFive.Draw(rt, "as the other kind")
	return w.confirmAs(rt, v, id, passkey, oneInFive.Draw(rt, "wrong"))
}

func (w *walker) confirmAs(rt *rapid.T, v modelCaller, id string, passkey, wrong bool) *walkOp {
	d, shown := w.model.users[id].unfinished().walkDevice, new([]string)
	in, sent := service.ConfirmInput{Passkey: json.RawMessage(`{}`)}, confirmation{passkey: true, wrong: wrong}
	switch {
	case passkey && d.passkey():
		in.Passkey, sent.verifies = w.registration(rt, d, wrong), verifiesUser(rt, w.lastShown(d))
	case !passkey:
		in, sent = w.codes(w.model.users[id], d, wrong)
	}
	in.UserID, in.FactorID = id, d.factorID
	return &walkOp{
		name: fmt.Sprintf("confirm a %s of %s, %+v, ticket %t", d.kind(), id, sent, v.ticket()),
		do: func(s *service.Service) error {
			p, err := s.Confirm(w.kit.ctx, v.Caller, in)
			*shown = p.RecoveryCodes
			if err == nil && d.passkey() {
				return d.registered(in.Passkey)
			}
			return err
		},
		predict: func(m, seen *model) domain.Code { return m.confirm(seen, v, id, d, sent, shown) },
	}
}

// codes are what an app confirms with; of a passkey, what it cannot be confirmed by.
func (w *walker) codes(u *modelUser, d *walkDevice, wrong bool) (service.ConfirmInput, confirmation) {
	w.freshStep(u)
	texts := []string{d.code(-1), d.code(0)}
	if wrong {
		texts[1] = w.wrongCode(u)
	}
	if w.model.policy.EnrollmentCodes == 1 {
		texts = texts[1:]
	}
	return service.ConfirmInput{Codes: texts}, confirmation{step: w.model.step(d), codes: len(texts), wrong: wrong}
}

func (w *walker) verify(rt *rapid.T) *walkOp {
	id := w.pick(rt, "user", registered)
	v := w.drawCaller(rt, id, domain.PurposeAccount, domain.PurposeLogin)
	g, in := w.guess(rt, w.model.users[id], true, anyPurpose.Draw(rt, "purpose"))
	return w.verifyAs(v, id, g, in)
}

func (w *walker) verifyAs(v modelCaller, id string, g guess, in proof.Input) *walkOp {
	return &walkOp{
		name: fmt.Sprintf("verify %s: %+v, ticket %t", id, g, v.ticket()),
		do: func(s *service.Service) error {
			_, err := s.Verify(w.kit.ctx, v.Caller, service.VerifyInput{UserID: id, Proof: in, Token: g.purpose.request()})
			return err
		},
		predict: func(m, seen *model) domain.Code { return m.verify(seen, v, id, g) },
	}
}

// disableOwn is by a proof, or by one's own step-up token.
func (w *walker) disableOwn(rt *rapid.T) *walkOp {
	id := w.pickAdmin(rt, "user", canProve)
	v := w.drawCaller(rt, id, domain.PurposeAccount)
	if rapid.Bool().Draw(rt, "by token") {
		return w.disable(v, id, w.prove(rt, id), "")
	}
	toDisable := purpose{action: string(domain.OpDisable)}
	g, in := w.guess(rt, w.model.users[id], true, toDisable)
	g.purpose = toDisable
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
	d := rapid.SampledFrom(u.apps).Draw(rt, "device").walkDevice
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
