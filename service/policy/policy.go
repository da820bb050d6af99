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

// GetPolicy returns the tenant's policy as it is now.
func (s *Policies) GetPolicy(ctx context.Context, c domain.Caller) (domain.Policy, error) {
	if err := s.access.Authorize(ctx, c, domain.OpGetPolicy, ""); err != nil {
		return domain.Policy{}, err
	}
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	return tenant.Policy, err
}

// PatchInput asks for a change of the policy.
type PatchInput struct {
	Patch   domain.PolicyPatch
	IfMatch string // ETag of the policy, or of the preview of a mandate that reaches or asks more
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
	next := tenant
	now := s.clock.TenantNow(tenant)
	if next.Policy, err = tenant.Policy.Apply(in.Patch, now); err != nil {
		return domain.Policy{}, err
	}
	if err := s.checkChange(ctx, tenant, next, in.IfMatch, now); err != nil {
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

// checkChange refuses what its author has not seen, or nobody could undo.
func (s *Policies) checkChange(ctx context.Context, t, next domain.Tenant, ifMatch string, now time.Time) error {
	heads := domain.Headcount{}
	if t.Policy.ReachesMore(next.Policy) {
		var err error
		if heads, err = s.store.Headcount(ctx, t.ID, now); err != nil {
			return err
		}
	}
	if err := s.checkIfMatch(t, next, heads, ifMatch); err != nil {
		return err
	}
	return lacksAdmin(t, next, heads)
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

// checkIfMatch compares the change with what its author has seen: the numbers, where
// the mandate reaches more users than before, or asks more of them.
func (s *Policies) checkIfMatch(t, next domain.Tenant, heads domain.Headcount, ifMatch string) error {
	more := t.Policy.ReachesMore(next.Policy)
	seen := t.Policy.ETag()
	if more {
		seen = preview(t, next.Mandate(), true, heads).ETag
	}
	switch ifMatch {
	case seen:
		return nil
	case "":
		return domain.ErrPreconditionRequired.WithDetail("Send If-Match. " + whatToRead(next, more))
	}
	return domain.ErrPreconditionFailed.WithDetail("If-Match is not the ETag of what is there now. " + whatToRead(next, more))
}

// whatToRead says whose ETag a change takes. That of a preview is good for what was
// previewed: for this mandate, with all that it comes to.
func whatToRead(next domain.Tenant, more bool) string {
	if !more {
		return "This change takes that of the policy: read GET /v1/policy, and send its ETag."
	}
	m := next.Mandate()
	if len(m.Roles) == 0 {
		m.Roles = domain.AllRoles()
	}
	return fmt.Sprintf("A mandate that reaches more users, or asks more of them, takes that of a preview of the same: read GET /v1/policy/preview?mandatory=true&mandatory_roles=%s&mandatory_methods=%s, and send its ETag.",
		roleNames(m.Roles), m.Methods)
}

// lacksAdmin refuses a mandate that no administrator meets.
func lacksAdmin(t, next domain.Tenant, heads domain.Headcount) error {
	others := next.Policy.MandatoryMethods != t.Policy.MandatoryMethods
	passkeys := next.Policy.MandatoryMethods == domain.MethodsPhishingResistant
	switch {
	case passkeys && !next.TakesPasskeys() && (next.Policy.Mandatory || others):
		return domain.ErrPasskeysNotConfigured
	case t.Policy.ReachesMore(next.Policy) && heads.PolicyAdmins(next) == 0:
		return domain.ErrLastAdmin.WithDetail(nobodyMeets(next))
	}
	return nil
}

// nobodyMeets says what an administrator has to have first, whoever of them it is: the
// one who asks will do.
func nobodyMeets(next domain.Tenant) string {
	what := "a factor and prove it"
	if next.Policy.MandatoryMethods == domain.MethodsPhishingResistant {
		what = "a passkey"
	}
	return "No administrator meets this mandate. Enroll " + what + " first, or have another administrator do so."
}

func policyDetails(details map[string]string, p domain.Policy) map[string]string {
	details["mandatory"] = fmt.Sprint(p.Mandatory)
	details["mandatory_roles"] = "all"
	if len(p.MandatoryRoles) > 0 {
		details["mandatory_roles"] = roleNames(p.MandatoryRoles)
	}
	if !p.MandatoryFrom.IsZero() {
		details["mandatory_from"] = p.MandatoryFrom.Format(time.RFC3339)
	}
	details["mandatory_methods"] = string(p.MandatoryMethods)
	details["grace_period_seconds"] = fmt.Sprint(int(p.GracePeriod / time.Second))
	details["recovery_code_custody"] = string(p.Custody)
	details["recovery_code_regeneration"] = fmt.Sprint(p.Regeneration)
	details["enrollment_codes"] = fmt.Sprint(p.EnrollmentCodes)
	details["passkey_user_verification"] = string(p.UserVerification)
	details["remember_browser_days"] = fmt.Sprint(p.RememberBrowserDays)
	return details
}
