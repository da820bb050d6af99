package service

import (
	"context"
	"fmt"
	"time"
)

// Custody says whether recovery codes can be shown again.
type Custody string

// The custodies.
const (
	CustodyViewable Custody = "viewable"  // a ciphertext is kept beside the hash until the code is spent
	CustodyHashOnly Custody = "hash_only" // nothing is kept that could be shown
)

// Policy is what a tenant decides for all of its users.
type Policy struct {
	Version        int64 // of the policy alone; its ETag
	Mandatory      bool
	MandatorySince time.Time // zero unless Mandatory
	GracePeriod    time.Duration
	Custody        Custody
	// Regeneration allows new recovery codes without a new registration.
	Regeneration bool
	// EnrollmentCodes is how many consecutive codes confirm an enrollment: 1 or 2.
	EnrollmentCodes int
}

// DefaultPolicy is what a new tenant starts with.
func DefaultPolicy() Policy {
	return Policy{Version: 1, Custody: CustodyViewable, EnrollmentCodes: 2}
}

// ETag names this state of the policy.
func (p Policy) ETag() string { return fmt.Sprintf(`"policy-%d"`, p.Version) }

// longestGrace bounds how long a mandate can be put off.
const longestGrace = 90 * 24 * time.Hour

// PolicyPatch names the fields to change; nil leaves one as it is.
type PolicyPatch struct {
	Mandatory       *bool
	GracePeriod     *time.Duration
	Custody         *Custody
	Regeneration    *bool
	EnrollmentCodes *int
}

// apply returns the policy with the patch, or ErrInvalidRequest.
func (p Policy) apply(patch PolicyPatch, now time.Time) (Policy, error) {
	set(&p.GracePeriod, patch.GracePeriod)
	set(&p.Custody, patch.Custody)
	set(&p.Regeneration, patch.Regeneration)
	set(&p.EnrollmentCodes, patch.EnrollmentCodes)
	if patch.turnsOn(p) {
		p.MandatorySince = now
	}
	set(&p.Mandatory, patch.Mandatory)
	if !p.Mandatory {
		p.MandatorySince = time.Time{}
	}
	switch {
	case p.GracePeriod < 0 || p.GracePeriod > longestGrace:
		return Policy{}, ErrInvalidRequest.saying("The grace period is 0 to 7776000 seconds (90 days).")
	case p.Custody != CustodyViewable && p.Custody != CustodyHashOnly:
		return Policy{}, ErrInvalidRequest.saying("The recovery code custody is viewable or hash_only.")
	case p.EnrollmentCodes != 1 && p.EnrollmentCodes != 2:
		return Policy{}, ErrInvalidRequest.saying("An enrollment is confirmed with 1 or 2 codes.")
	}
	p.Version++
	return p, nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// turnsOn reports whether the patch turns the mandate on.
func (patch PolicyPatch) turnsOn(p Policy) bool {
	return patch.Mandatory != nil && *patch.Mandatory && !p.Mandatory
}

// Preview is what a change of the mandate would do.
type Preview struct {
	Allowed        bool
	BlockedReason  string // code of the refusal, or empty
	AffectedUsers  int    // active users who would be sent to enroll
	AffectedAdmins int    // admins and owners among them
	ETag           string // covers the policy and the numbers
}

// GetPolicy returns the tenant's policy as it is now.
func (s *Service) GetPolicy(ctx context.Context, c Caller) (Policy, error) {
	if err := s.authorize(ctx, c, OpGetPolicy, ""); err != nil {
		return Policy{}, err
	}
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	return tenant.Policy, err
}

// PreviewPolicy counts whom setting the mandate would affect.
func (s *Service) PreviewPolicy(ctx context.Context, c Caller, mandatory bool) (Preview, error) {
	if err := s.authorize(ctx, c, OpPreviewPolicy, ""); err != nil {
		return Preview{}, err
	}
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	if err != nil {
		return Preview{}, err
	}
	heads, err := bounded(ctx, errCountTooLong, func(ctx context.Context) (Headcount, error) { return s.store.Headcount(ctx, c.TenantID) })
	if err != nil {
		return Preview{}, err
	}
	p := preview(tenant, heads, mandatory)
	p.BlockedReason, err = s.blocked(ctx, c, tenant, heads)
	p.Allowed = p.BlockedReason == ""
	return p, err
}

func preview(t Tenant, heads Headcount, mandatory bool) Preview {
	p := Preview{}
	if mandatory {
		p.AffectedUsers, p.AffectedAdmins = heads.Affected, heads.AffectedAdmins
	}
	p.ETag = fmt.Sprintf(`"preview-%d-%t-%d-%d"`, t.Policy.Version, mandatory, p.AffectedUsers, p.AffectedAdmins)
	return p
}

// blocked says why the caller could not set the policy. A service key speaks
// for no person: it is asked whether anybody could.
func (s *Service) blocked(ctx context.Context, c Caller, t Tenant, heads Headcount) (string, error) {
	if c.Ticket == nil {
		if heads.governing(t) == 0 {
			return string(CodeOwnTwoFactorRequired), nil
		}
		return "", nil
	}
	actor, err := s.subject(ctx, c, c.Ticket.UserID)
	switch {
	case err != nil:
		return "", err
	case !t.governs(actor.Role):
		return string(CodeForbidden), nil
	case !actor.Enabled():
		return string(CodeOwnTwoFactorRequired), nil
	}
	return "", nil
}

// PatchInput asks for a change of the policy.
type PatchInput struct {
	Patch   PolicyPatch
	IfMatch string // ETag of the policy, or of the preview when turning the mandate on
	StepUp  string // of somebody whose role sets the policy
}

// PatchPolicy changes the policy. It is decided on the tenant's row, where the
// loss of an administrator is decided too.
func (s *Service) PatchPolicy(ctx context.Context, c Caller, in PatchInput) (Policy, error) {
	if err := s.authorize(ctx, c, OpPatchPolicy, ""); err != nil {
		return Policy{}, err
	}
	var policy Policy
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		policy, err = s.patchPolicyOnce(ctx, c, in)
		return err
	})
	if err != nil {
		return Policy{}, s.auditRefusal(ctx, c, "", OpPatchPolicy, err)
	}
	return policy, nil
}

func (s *Service) patchPolicyOnce(ctx context.Context, c Caller, in PatchInput) (Policy, error) {
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	if err != nil {
		return Policy{}, err
	}
	proof, err := s.presentGoverning(ctx, c, tenant, in.StepUp)
	if err != nil {
		return Policy{}, err
	}
	if err := s.checkIfMatch(ctx, tenant, in); err != nil {
		return Policy{}, err
	}
	next := tenant
	if next.Policy, err = tenant.Policy.apply(in.Patch, s.tenantNow(tenant)); err != nil {
		return Policy{}, err
	}
	event := s.authorizedEvent(c, proof, ActionPolicyChanged, "")
	event.Details = policyDetails(event.Details, next.Policy)
	change := Change{
		TenantID: c.TenantID, Tenant: &next, Events: []Event{event},
		EraseSealedCodes: next.Policy.Custody == CustodyHashOnly && tenant.Policy.Custody != CustodyHashOnly,
	}
	proof.spend(&change)
	return next.Policy, s.commit(ctx, change)
}

// presentGoverning reads the step-up token of somebody whose role sets the
// policy. Who has no factor of their own is told so first: no token can be had
// without one.
func (s *Service) presentGoverning(ctx context.Context, c Caller, t Tenant, token string) (authority, error) {
	if c.Ticket != nil {
		actor, err := s.subject(ctx, c, c.Ticket.UserID)
		switch {
		case err != nil:
			return authority{}, err
		case !t.governs(actor.Role):
			return authority{}, ErrForbidden.saying("Your role may not set the policy of this tenant.")
		case !actor.Enabled():
			return authority{}, ErrOwnTwoFactorRequired
		}
	}
	proof, err := s.present(ctx, c, OpPatchPolicy, token)
	if err == nil && !t.governs(proof.actor.Role) {
		err = ErrForbidden.saying("The role behind the Step-Up-Token may not set the policy of this tenant.")
	}
	return proof, err
}

// checkIfMatch holds the change against what its author has seen: the numbers,
// when it turns the mandate on.
func (s *Service) checkIfMatch(ctx context.Context, t Tenant, in PatchInput) error {
	if in.IfMatch == "" {
		return ErrPreconditionRequired
	}
	seen := t.Policy.ETag()
	if in.Patch.turnsOn(t.Policy) {
		heads, err := s.store.Headcount(ctx, t.ID)
		if err != nil {
			return err
		}
		seen = preview(t, heads, true).ETag
	}
	switch {
	case in.IfMatch == seen:
		return nil
	case in.Patch.turnsOn(t.Policy) && in.IfMatch == t.Policy.ETag():
		return ErrPreconditionFailed.saying("Turning the mandate on takes the ETag of what it does: send that of GET /v1/policy/preview?mandatory=true as If-Match.")
	}
	return ErrPreconditionFailed
}

func policyDetails(details map[string]string, p Policy) map[string]string {
	details["mandatory"] = fmt.Sprint(p.Mandatory)
	details["grace_period_seconds"] = fmt.Sprint(int(p.GracePeriod / time.Second))
	details["recovery_code_custody"] = string(p.Custody)
	details["recovery_code_regeneration"] = fmt.Sprint(p.Regeneration)
	details["enrollment_codes"] = fmt.Sprint(p.EnrollmentCodes)
	return details
}
