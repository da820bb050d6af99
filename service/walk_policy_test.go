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
	if rapid.Bool().Draw(rt, "with grace") {
		patch.GracePeriod = new(rapid.SampledFrom([]time.Duration{0, time.Hour, 48 * time.Hour}).Draw(rt, "grace"))
	}
	return w.policy(rt, actor, patch)
}

func (w *walker) patch(rt *rapid.T) *walkOp {
	actor := w.pickAdmin(rt, "actor", canProve)
	patch := domain.PolicyPatch{}
	switch rapid.IntRange(0, 4).Draw(rt, "field") {
	case 0:
		patch.GracePeriod = new(rapid.SampledFrom([]time.Duration{0, time.Hour, 48 * time.Hour}).Draw(rt, "grace"))
	case 1:
		patch.Custody = new(rapid.SampledFrom([]domain.Custody{domain.CustodyHashOnly, domain.CustodyViewable}).Draw(rt, "custody"))
	case 2:
		patch.EnrollmentCodes = new(rapid.IntRange(1, 2).Draw(rt, "codes"))
	case 3:
		patch.UserVerification = new(rapid.SampledFrom([]domain.UserVerification{domain.UserVerificationDiscouraged, domain.UserVerificationRequired}).Draw(rt, "verification"))
	default:
		patch.Regeneration = new(rapid.Bool().Draw(rt, "regeneration"))
	}
	return w.policy(rt, actor, patch)
}

func (w *walker) policy(rt *rapid.T, actor string, patch domain.PolicyPatch) *walkOp {
	p := w.prove(rt, actor)
	turnsOn := patch.Mandatory != nil && *patch.Mandatory && !w.model.policy.Mandatory
	preview := turnsOn != oneInFive.Draw(rt, "the other ETag")
	match := w.model.basis(preview)
	in := policy.PatchInput{Patch: patch, IfMatch: w.etag(rt, preview), StepUp: p.text}
	return &walkOp{
		name: fmt.Sprintf("policy by %s: %s", actor, patchText(patch)), patches: true,
		do: func(s *service.Service) error {
			_, err := s.PatchPolicy(w.kit.ctx, w.key, in)
			return err
		},
		predict: func(m, seen *model) domain.Code { return m.patch(seen, p, patch, match) },
	}
}

func (w *walker) etag(rt *rapid.T, preview bool) string {
	if preview {
		shown, err := w.replicas[0].PreviewPolicy(w.kit.ctx, w.key, true)
		w.ok(rt, err)
		return shown.ETag
	}
	policy, err := w.replicas[0].GetPolicy(w.kit.ctx, w.key)
	w.ok(rt, err)
	return policy.ETag()
}

func patchText(p domain.PolicyPatch) string {
	if p.Mandatory != nil {
		return fmt.Sprintf("mandatory %t", *p.Mandatory)
	}
	return "another field"
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
