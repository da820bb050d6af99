package service_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/policy"
)

// mandate turns the mandate on, or less often off.
func (w *walker) mandate(rt *rapid.T) *walkOp {
	actor := w.pickAdmin(rt, "actor", canProve)
	patch := domain.PolicyPatch{Mandatory: new(!w.model.policy.Mandatory || !oneInFive.Draw(rt, "off"))}
	w.drawMandate(rt, &patch)
	if rapid.Bool().Draw(rt, "with grace") {
		patch.GracePeriod = new(rapid.SampledFrom([]time.Duration{0, time.Hour, 48 * time.Hour}).Draw(rt, "grace"))
	}
	return w.policy(rt, actor, patch)
}

func (w *walker) patch(rt *rapid.T) *walkOp {
	actor := w.pickAdmin(rt, "actor", canProve)
	patch := domain.PolicyPatch{}
	switch rapid.IntRange(0, 5).Draw(rt, "field") {
	case 4, 5:
		if w.drawMandate(rt, &patch); patch == (domain.PolicyPatch{}) {
			patch.MandatoryMethods = new(domain.MethodsAny)
		}
	case 0:
		patch.GracePeriod = new(rapid.SampledFrom([]time.Duration{0, time.Hour, 48 * time.Hour}).Draw(rt, "grace"))
	case 1:
		patch.Custody = new(rapid.SampledFrom([]domain.Custody{domain.CustodyHashOnly, domain.CustodyViewable}).Draw(rt, "custody"))
	case 2:
		patch.EnrollmentCodes = new(rapid.IntRange(1, 2).Draw(rt, "codes"))
	default:
		patch.Regeneration = new(rapid.Bool().Draw(rt, "regeneration"))
	}
	return w.policy(rt, actor, patch)
}

// verification has passkeys verify their users from now on, or no longer.
func (w *walker) verification(rt *rapid.T) *walkOp {
	wanted := rapid.SampledFrom([]domain.UserVerification{domain.UserVerificationDiscouraged, domain.UserVerificationRequired}).Draw(rt, "verification")
	return w.policy(rt, w.pickAdmin(rt, "actor", canProve), domain.PolicyPatch{UserVerification: &wanted})
}

// drawMandate draws whom a mandate is about, from when on and with what.
func (w *walker) drawMandate(rt *rapid.T, patch *domain.PolicyPatch) {
	if rapid.Bool().Draw(rt, "with roles") {
		from := rapid.IntRange(0, 3).Draw(rt, "lowest role")
		patch.MandatoryRoles = new(allRoles[from:rapid.IntRange(from+1, 4).Draw(rt, "highest role")])
	}
	if oneInFive.Draw(rt, "with a date") {
		patch.MandatoryFrom = new(rapid.SampledFrom([]time.Time{{}, w.model.now.Add(time.Hour), w.model.now.Add(48 * time.Hour), w.model.now.Add(-time.Hour)}).Draw(rt, "from"))
	}
	if rapid.Bool().Draw(rt, "with methods") {
		patch.MandatoryMethods = new(rapid.SampledFrom([]domain.MandatoryMethods{domain.MethodsAny, domain.MethodsPhishingResistant}).Draw(rt, "methods"))
	}
}

// exempt releases somebody from enrolling, or ends that.
func (w *walker) exempt(rt *rapid.T) *walkOp {
	actor, id := w.pickAdmin(rt, "actor", canProve), w.pick(rt, "user", anyUser)
	p := w.prove(rt, actor)
	if oneInFive.Draw(rt, "end it") {
		return &walkOp{
			name:    fmt.Sprintf("end the exemption of %s by %s", id, actor),
			do:      func(s *service.Service) error { return s.EndExemption(w.kit.ctx, w.key, id, p.text) },
			predict: func(m, seen *model) domain.Code { return m.exempt(seen, id, p, time.Time{}, true) },
		}
	}
	until := w.model.now.Add(rapid.SampledFrom([]time.Duration{time.Hour, 48 * time.Hour, 366 * 24 * time.Hour, 367 * 24 * time.Hour, 0}).Draw(rt, "for"))
	in := service.ExemptInput{UserID: id, Until: until, Reason: "on leave", StepUp: p.text}
	if oneInFive.Draw(rt, "without a reason") {
		in.Reason = ""
	}
	return &walkOp{
		name: fmt.Sprintf("exempt %s by %s until %s", id, actor, until),
		do: func(s *service.Service) error {
			_, err := s.Exempt(w.kit.ctx, w.key, in)
			return err
		},
		predict: func(m, seen *model) domain.Code { return m.exempt(seen, id, p, until, in.Reason != "") },
	}
}

func (w *walker) policy(rt *rapid.T, actor string, patch domain.PolicyPatch) *walkOp {
	p := w.prove(rt, actor)
	next, more := mandateOf(w.model.policy, patch, w.model.now)
	preview := more != oneInFive.Draw(rt, "the other ETag")
	match := w.model.basis(preview, next)
	in := policy.PatchInput{Patch: patch, IfMatch: w.etag(rt, preview, next), StepUp: p.text}
	return &walkOp{
		name: fmt.Sprintf("policy by %s: %s", actor, patchText(patch)), patches: true,
		do: func(s *service.Service) error {
			_, err := s.PatchPolicy(w.kit.ctx, w.key, in)
			return err
		},
		predict: func(m, seen *model) domain.Code { return m.patch(seen, p, patch, match) },
	}
}

func (w *walker) etag(rt *rapid.T, preview bool, next domain.Policy) string {
	if preview {
		in := policy.PreviewInput{Mandatory: true, Roles: next.MandatoryRoles, Methods: next.MandatoryMethods}
		if in.Roles == nil {
			in.Roles = allRoles
		}
		shown, err := w.replicas[0].PreviewPolicy(w.kit.ctx, w.key, in)
		w.ok(rt, err)
		return shown.ETag
	}
	policy, err := w.replicas[0].GetPolicy(w.kit.ctx, w.key)
	w.ok(rt, err)
	return policy.ETag()
}

func patchText(p domain.PolicyPatch) string {
	text := "another field"
	if p.Mandatory != nil {
		text = fmt.Sprintf("mandatory %t", *p.Mandatory)
	}
	if p.MandatoryRoles != nil {
		text += fmt.Sprintf(", roles %v", *p.MandatoryRoles)
	}
	if p.MandatoryFrom != nil {
		text += fmt.Sprintf(", from %s", *p.MandatoryFrom)
	}
	if p.MandatoryMethods != nil {
		text += ", methods " + string(*p.MandatoryMethods)
	}
	return text
}

// reset is the break-glass.
func (w *walker) reset(rt *rapid.T) *walkOp {
	return w.breakGlass(w.pick(rt, "user", anyUser))
}

func (w *walker) breakGlass(id string) *walkOp {
	return &walkOp{
		name: "break the glass for " + id, resets: true,
		do: func(s *service.Service) error {
			return s.ResetUser(w.kit.ctx, domain.Operator{Account: "test"}, w.tenant, id, "lost")
		},
		predict: func(m, _ *model) domain.Code { return m.reset(id) },
	}
}
