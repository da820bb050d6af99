package api

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/policy"
)

// affectedUsers is where the users are listed whom a mandate would send to
// enroll, as seen from /v1/policy/preview: what comes before /v1 outside of a
// proxy that strips it is not known here. It says all of the mandate, which the
// policy may not be.
func affectedUsers(m domain.Mandate) string {
	roles := m.Roles
	if roles == nil {
		roles = domain.AllRoles()
	}
	names := converted(roles, func(r domain.Role) string { return string(r) })
	return "../users?affected=true&mandatory_roles=" + strings.Join(names, ",") + "&mandatory_methods=" + string(m.Methods)
}

// policies are what tenants demand of their users, and whom they exempt.
type policies interface {
	GetPolicy(ctx context.Context, c domain.Caller) (domain.Policy, error)
	PreviewPolicy(ctx context.Context, c domain.Caller, in policy.PreviewInput) (policy.Preview, error)
	PatchPolicy(ctx context.Context, c domain.Caller, in policy.PatchInput) (domain.Policy, error)
	Exempt(ctx context.Context, c domain.Caller, in service.ExemptInput) (domain.Exemption, error)
	EndExemption(ctx context.Context, c domain.Caller, userID, stepUp string) error
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
	preview, err := h.policies.PreviewPolicy(ctx, edge.CallerOf(ctx), policy.PreviewInput{
		Mandatory: r.Params.Mandatory,
		Roles:     roles(r.Params.MandatoryRoles),
		Methods:   domain.MandatoryMethods(r.Params.MandatoryMethods),
	})
	if err != nil {
		return nil, err
	}
	return openapi.PreviewPolicy200JSONResponse{
		Body: openapi.PolicyPreview{
			Allowed:       preview.Allowed,
			BlockedReason: unlessEmpty(preview.BlockedReason),
			Affected: openapi.PolicyImpact{
				ActiveUsers: preview.AffectedUsers, Admins: preview.AffectedAdmins, Owners: preview.AffectedOwners, Unproven: preview.Unproven,
			},
			CoveredUsers: preview.CoveredUsers,
			UsersHref:    affectedUsers(preview.Mandate),
		},
		Headers: openapi.PreviewPolicy200ResponseHeaders{ETag: preview.ETag},
	}, nil
}

// PatchPolicy changes the policy.
func (h *handlers) PatchPolicy(ctx context.Context, r openapi.PatchPolicyRequestObject) (openapi.PatchPolicyResponseObject, error) {
	patch, err := policyPatch(*r.Body)
	if err != nil {
		return nil, err
	}
	policy, err := h.policies.PatchPolicy(ctx, edge.CallerOf(ctx), policy.PatchInput{
		Patch: patch, IfMatch: r.Params.IfMatch, StepUp: r.Params.StepUpToken,
	})
	if err != nil {
		return nil, err
	}
	return openapi.PatchPolicy200JSONResponse{
		Body: policyBody(policy), Headers: openapi.PatchPolicy200ResponseHeaders{ETag: policy.ETag()},
	}, nil
}

func policyPatch(b openapi.PolicyPatch) (domain.PolicyPatch, error) {
	patch := domain.PolicyPatch{
		Mandatory:        b.Mandatory,
		MandatoryMethods: (*domain.MandatoryMethods)(b.MandatoryMethods),
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
	var err error
	if patch.MandatoryRoles, err = unlessAbsent[[]domain.Role](b.MandatoryRoles); err != nil {
		return patch, err
	}
	patch.MandatoryFrom, err = unlessAbsent[time.Time](b.MandatoryFrom)
	return patch, err
}

// unlessAbsent reads a member that may be null, which is the zero value; nil: it is
// not there at all. The contract has been checked by then.
func unlessAbsent[T any](member json.RawMessage) (*T, error) {
	if member == nil {
		return nil, nil
	}
	value := new(T)
	return value, json.Unmarshal(member, value)
}

func roles(names []openapi.Role) []domain.Role {
	if len(names) == 0 {
		return nil
	}
	return converted(names, func(r openapi.Role) domain.Role { return domain.Role(r) })
}

// roleBodies is nil, which JSON shows as null, for all roles.
func roleBodies(roles []domain.Role) *[]openapi.Role {
	if len(roles) == 0 {
		return nil
	}
	bodies := converted(roles, func(r domain.Role) openapi.Role { return openapi.Role(r) })
	return &bodies
}

func policyBody(p domain.Policy) openapi.Policy {
	return openapi.Policy{
		Mandatory:                p.Mandatory,
		MandatoryRoles:           roleBodies(p.MandatoryRoles),
		MandatoryFrom:            unlessZero(p.MandatoryFrom),
		MandatoryMethods:         openapi.MandatoryMethods(p.MandatoryMethods),
		MandatorySince:           unlessZero(p.MandatorySince),
		GracePeriodSeconds:       int(p.GracePeriod / time.Second),
		RecoveryCodeCustody:      openapi.RecoveryCodeCustody(p.Custody),
		RecoveryCodeRegeneration: p.Regeneration,
		EnrollmentCodes:          p.EnrollmentCodes,
		PasskeyUserVerification:  openapi.PasskeyUserVerification(p.UserVerification),
		RememberBrowserDays:      p.RememberBrowserDays,
	}
}
