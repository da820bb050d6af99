package api

import (
	"context"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/policy"
)

// affectedUsers is where the users are listed whom a mandate would send to
// enroll, as seen from /v1/policy/preview: what comes before /v1 outside of a
// proxy that strips it is not known here.
const affectedUsers = "../users?two_factor=disabled&auth_source=local&active=true"

// policies are what tenants demand of their users.
type policies interface {
	GetPolicy(ctx context.Context, c domain.Caller) (domain.Policy, error)
	PreviewPolicy(ctx context.Context, c domain.Caller, mandatory bool) (policy.Preview, error)
	PatchPolicy(ctx context.Context, c domain.Caller, in policy.PatchInput) (domain.Policy, error)
}

// GetPolicy reads the policy.
func (h *handlers) GetPolicy(ctx context.Context, _ openapi.GetPolicyRequestObject) (openapi.GetPolicyResponseObject, error) {
	policy, err := h.policies.GetPolicy(ctx, edge.CallerOf(ctx))
	if err != nil {
		return nil, err
	}
	return openapi.GetPolicy200JSONResponse{
		Body: policyBody(policy), Headers: openapi.GetPolicy200ResponseHeaders{ETag: policy.ETag()},
	}, nil
}

// PreviewPolicy counts whom setting the mandate would affect.
func (h *handlers) PreviewPolicy(ctx context.Context, r openapi.PreviewPolicyRequestObject) (openapi.PreviewPolicyResponseObject, error) {
	preview, err := h.policies.PreviewPolicy(ctx, edge.CallerOf(ctx), r.Params.Mandatory)
	if err != nil {
		return nil, err
	}
	return openapi.PreviewPolicy200JSONResponse{
		Body: openapi.PolicyPreview{
			Allowed:       preview.Allowed,
			BlockedReason: unlessEmpty(preview.BlockedReason),
			Affected:      openapi.PolicyImpact{ActiveUsers: preview.AffectedUsers, Admins: preview.AffectedAdmins},
			UsersHref:     affectedUsers,
		},
		Headers: openapi.PreviewPolicy200ResponseHeaders{ETag: preview.ETag},
	}, nil
}

// PatchPolicy changes the policy.
func (h *handlers) PatchPolicy(ctx context.Context, r openapi.PatchPolicyRequestObject) (openapi.PatchPolicyResponseObject, error) {
	policy, err := h.policies.PatchPolicy(ctx, edge.CallerOf(ctx), policy.PatchInput{
		Patch: policyPatch(*r.Body), IfMatch: r.Params.IfMatch, StepUp: r.Params.StepUpToken,
	})
	if err != nil {
		return nil, err
	}
	return openapi.PatchPolicy200JSONResponse{
		Body: policyBody(policy), Headers: openapi.PatchPolicy200ResponseHeaders{ETag: policy.ETag()},
	}, nil
}

func policyPatch(b openapi.PolicyPatch) domain.PolicyPatch {
	patch := domain.PolicyPatch{
		Mandatory:        b.Mandatory,
		Custody:          (*domain.Custody)(b.RecoveryCodeCustody),
		Regeneration:     b.RecoveryCodeRegeneration,
		EnrollmentCodes:  b.EnrollmentCodes,
		UserVerification: (*domain.UserVerification)(b.PasskeyUserVerification),

		RememberBrowserDays: b.RememberBrowserDays,
	}
	if b.GracePeriodSeconds != nil {
		grace := time.Duration(*b.GracePeriodSeconds) * time.Second
		patch.GracePeriod = &grace
	}
	return patch
}

func policyBody(p domain.Policy) openapi.Policy {
	return openapi.Policy{
		Mandatory:                p.Mandatory,
		MandatorySince:           unlessZero(p.MandatorySince),
		GracePeriodSeconds:       int(p.GracePeriod / time.Second),
		RecoveryCodeCustody:      openapi.RecoveryCodeCustody(p.Custody),
		RecoveryCodeRegeneration: p.Regeneration,
		EnrollmentCodes:          p.EnrollmentCodes,
		PasskeyUserVerification:  openapi.PasskeyUserVerification(p.UserVerification),
		RememberBrowserDays:      p.RememberBrowserDays,
	}
}
