// Package policy reads, previews and changes what a tenant asks of its users.
package policy

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Policies has the policy of each tenant. It is safe for concurrent use.
type Policies struct {
	store     store.Store
	clock     *clock.Watched
	access    *access.Access
	trail     *audit.Trail
	committer *commit.Committer
}

// New returns Policies on a store.
func New(s store.Store, w *clock.Watched, a *access.Access, t *audit.Trail, c *commit.Committer) *Policies {
	return &Policies{store: s, clock: w, access: a, trail: t, committer: c}
}

var errCountTooLong = domain.ErrUnavailable.WithDetail("To count the users takes too long now. Try again later.")

// Preview is what a change of the mandate would do.
type Preview struct {
	Allowed        bool
	BlockedReason  string // code of the refusal, or empty
	AffectedUsers  int    // active users who would be sent to enroll
	AffectedAdmins int    // admins and owners among them
	ETag           string // covers the policy and the numbers
}

// GetPolicy returns the tenant's policy as it is now.
func (s *Policies) GetPolicy(ctx context.Context, c domain.Caller) (domain.Policy, error) {
	if err := s.access.Authorize(ctx, c, domain.OpGetPolicy, ""); err != nil {
		return domain.Policy{}, err
	}
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	return tenant.Policy, err
}

// PreviewPolicy counts whom setting the mandate would affect.
func (s *Policies) PreviewPolicy(ctx context.Context, c domain.Caller, mandatory bool) (Preview, error) {
	if err := s.access.Authorize(ctx, c, domain.OpPreviewPolicy, ""); err != nil {
		return Preview{}, err
	}
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	if err != nil {
		return Preview{}, err
	}
	heads, err := store.ReadList(ctx, errCountTooLong, func(ctx context.Context) (domain.Headcount, error) { return s.store.Headcount(ctx, c.TenantID) })
	if err != nil {
		return Preview{}, err
	}
	p := preview(tenant, heads, mandatory)
	p.BlockedReason, err = s.blocked(ctx, c, tenant, heads)
	p.Allowed = p.BlockedReason == ""
	return p, err
}

func preview(t domain.Tenant, heads domain.Headcount, mandatory bool) Preview {
	p := Preview{}
	if mandatory {
		p.AffectedUsers, p.AffectedAdmins = heads.Affected, heads.AffectedAdmins
	}
	p.ETag = fmt.Sprintf(`"preview-%d-%t-%d-%d"`, t.Policy.Version, mandatory, p.AffectedUsers, p.AffectedAdmins)
	return p
}

// blocked says why the caller could not set the policy. A service key speaks
// for no person: it is asked whether anybody could.
func (s *Policies) blocked(ctx context.Context, c domain.Caller, t domain.Tenant, heads domain.Headcount) (string, error) {
	if c.Ticket == nil {
		if heads.PolicyAdmins(t) == 0 {
			return string(domain.CodeOwnTwoFactorRequired), nil
		}
		return "", nil
	}
	actor, err := s.access.Subject(ctx, c, c.Ticket.UserID)
	switch {
	case err != nil:
		return "", err
	case !t.SetsPolicy(actor.Role):
		return string(domain.CodeForbidden), nil
	case !actor.Enabled():
		return string(domain.CodeOwnTwoFactorRequired), nil
	}
	return "", nil
}

// PatchInput asks for a change of the policy.
type PatchInput struct {
	Patch   domain.PolicyPatch
	IfMatch string // ETag of the policy, or of the preview when turning the mandate on
	StepUp  string // of somebody whose role sets the policy
}

// PatchPolicy changes the policy. It is decided on the tenant's row, where the
// loss of an administrator is decided too.
func (s *Policies) PatchPolicy(ctx context.Context, c domain.Caller, in PatchInput) (domain.Policy, error) {
	if err := s.access.Authorize(ctx, c, domain.OpPatchPolicy, ""); err != nil {
		return domain.Policy{}, err
	}
	var policy domain.Policy
	err := s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		policy, err = s.patchPolicyOnce(ctx, c, in)
		return err
	})
	if err != nil {
		return domain.Policy{}, s.trail.Refused(ctx, c, "", domain.OpPatchPolicy, err)
	}
	return policy, nil
}

func (s *Policies) patchPolicyOnce(ctx context.Context, c domain.Caller, in PatchInput) (domain.Policy, error) {
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	if err != nil {
		return domain.Policy{}, err
	}
	proof, err := s.policyAdminStepUp(ctx, c, tenant, in.StepUp)
	if err != nil {
		return domain.Policy{}, err
	}
	if err := s.checkIfMatch(ctx, tenant, in); err != nil {
		return domain.Policy{}, err
	}
	next := tenant
	if next.Policy, err = tenant.Policy.Apply(in.Patch, s.clock.TenantNow(tenant)); err != nil {
		return domain.Policy{}, err
	}
	event := s.access.Event(c, proof, domain.ActionPolicyChanged, "")
	event.Details = policyDetails(event.Details, next.Policy)
	change := domain.Change{
		TenantID: c.TenantID, Tenant: &next, Events: []domain.Event{event},
		EraseSealedCodes: next.Policy.Custody == domain.CustodyHashOnly && tenant.Policy.Custody != domain.CustodyHashOnly,
	}
	proof.SpendIn(&change)
	return next.Policy, s.committer.Commit(ctx, change)
}

// policyAdminStepUp reads the step-up token of somebody whose role sets the
// policy. Who has no factor of their own is told so first: no token can be had
// without one.
func (s *Policies) policyAdminStepUp(ctx context.Context, c domain.Caller, t domain.Tenant, token string) (access.StepUp, error) {
	if c.Ticket != nil {
		actor, err := s.access.Subject(ctx, c, c.Ticket.UserID)
		switch {
		case err != nil:
			return access.StepUp{}, err
		case !t.SetsPolicy(actor.Role):
			return access.StepUp{}, domain.ErrForbidden.WithDetail("Your role may not set the policy of this tenant.")
		case !actor.Enabled():
			return access.StepUp{}, domain.ErrOwnTwoFactorRequired
		}
	}
	proof, err := s.access.StepUp(ctx, c, domain.OpPatchPolicy, token)
	if err == nil && !t.SetsPolicy(proof.Actor.Role) {
		err = domain.ErrForbidden.WithDetail("The role behind the Step-Up-Token may not set the policy of this tenant.")
	}
	return proof, err
}

// checkIfMatch compares the change with what its author has seen: the numbers,
// when it turns the mandate on.
func (s *Policies) checkIfMatch(ctx context.Context, t domain.Tenant, in PatchInput) error {
	if in.IfMatch == "" {
		return domain.ErrPreconditionRequired
	}
	seen := t.Policy.ETag()
	if in.Patch.TurnsOn(t.Policy) {
		heads, err := s.store.Headcount(ctx, t.ID)
		if err != nil {
			return err
		}
		seen = preview(t, heads, true).ETag
	}
	switch {
	case in.IfMatch == seen:
		return nil
	case in.Patch.TurnsOn(t.Policy) && in.IfMatch == t.Policy.ETag():
		return domain.ErrPreconditionFailed.WithDetail("Turning the mandate on takes the ETag of what it does: send that of GET /v1/policy/preview?mandatory=true as If-Match.")
	}
	return domain.ErrPreconditionFailed
}

func policyDetails(details map[string]string, p domain.Policy) map[string]string {
	details["mandatory"] = fmt.Sprint(p.Mandatory)
	details["grace_period_seconds"] = fmt.Sprint(int(p.GracePeriod / time.Second))
	details["recovery_code_custody"] = string(p.Custody)
	details["recovery_code_regeneration"] = fmt.Sprint(p.Regeneration)
	details["enrollment_codes"] = fmt.Sprint(p.EnrollmentCodes)
	details["passkey_user_verification"] = string(p.UserVerification)
	details["remember_browser_days"] = fmt.Sprint(p.RememberBrowserDays)
	return details
}
