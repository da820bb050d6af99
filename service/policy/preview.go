package policy

import (
	"context"
	"fmt"
	"strings"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var errCountTooLong = domain.ErrUnavailable.WithDetail("To count the users takes too long now. Try again later.")

// Preview is what a change of the mandate would do.
type Preview struct {
	Allowed        bool
	BlockedReason  string // code of the refusal, or empty
	AffectedUsers  int    // active users who would be sent to enroll
	AffectedAdmins int    // admins and owners among them
	AffectedOwners int    // owners among them
	CoveredUsers   int    // active users whom the mandate is about, and no exemption releases
	Unproven       int    // users of the mandate's roles whose factors were never proven here
	Mandate        domain.Mandate
	ETag           string // covers the policy, the parameters and the numbers, but CoveredUsers
}

// PreviewInput is the mandate to be tried; what it leaves out is as the policy has it.
type PreviewInput struct {
	Mandatory bool
	Roles     []domain.Role
	Methods   domain.MandatoryMethods
}

// mandate is what the input describes, for a tenant.
func (in PreviewInput) mandate(t domain.Tenant) domain.Mandate {
	if in.Roles == nil {
		in.Roles = t.Policy.MandatoryRoles
	}
	if in.Methods == "" {
		in.Methods = t.Policy.MandatoryMethods
	}
	return domain.NewMandate(in.Roles, in.Methods, t.RPID)
}

// PreviewPolicy counts whom setting the mandate would affect.
func (s *Policies) PreviewPolicy(ctx context.Context, c domain.Caller, in PreviewInput) (Preview, error) {
	if err := s.access.Authorize(ctx, c, domain.OpPreviewPolicy, ""); err != nil {
		return Preview{}, err
	}
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	if err != nil {
		return Preview{}, err
	}
	heads, err := store.ReadList(ctx, errCountTooLong, func(ctx context.Context) (domain.Headcount, error) {
		return s.store.Headcount(ctx, c.TenantID, s.clock.TenantNow(tenant))
	})
	if err != nil {
		return Preview{}, err
	}
	p := preview(tenant, in.mandate(tenant), in.Mandatory, heads)
	p.BlockedReason, err = s.blocked(ctx, c, tenant, p.Mandate, in.Mandatory, heads)
	p.Allowed = p.BlockedReason == ""
	return p, err
}

func preview(t domain.Tenant, m domain.Mandate, mandatory bool, heads domain.Headcount) Preview {
	p := Preview{Mandate: m}
	if mandatory {
		p.AffectedUsers, p.AffectedAdmins, p.AffectedOwners = heads.Affected(m), heads.AffectedAdmins(m), heads.AffectedOwners(m)
		p.Unproven, p.CoveredUsers = heads.Unproven(m), heads.Covered(m)
	}
	p.ETag = fmt.Sprintf(`"preview-%d-%t-%s-%s-%d-%d-%d-%d"`,
		t.Policy.Version, mandatory, roleNames(m.Roles), m.Methods, p.AffectedUsers, p.AffectedAdmins, p.AffectedOwners, p.Unproven)
	return p
}

func roleNames(roles []domain.Role) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = string(role)
	}
	return strings.Join(names, ",")
}

// blocked says why the caller could not set the policy, or nobody could: no
// administrator meets the mandate. A service key speaks for no person: it is asked
// whether anybody could.
func (s *Policies) blocked(ctx context.Context, c domain.Caller, t domain.Tenant, m domain.Mandate, mandatory bool, heads domain.Headcount) (string, error) {
	refusal, err := s.mayNotSet(ctx, c, t, heads)
	if err != nil || refusal != "" || !mandatory {
		return string(refusal), err
	}
	next := t
	next.Policy.MandatoryMethods = m.Methods
	switch {
	case m.Methods == domain.MethodsPhishingResistant && !t.TakesPasskeys():
		return string(domain.CodePasskeysNotConfigured), nil
	case heads.PolicyAdmins(next) == 0:
		return string(domain.CodeLastAdmin), nil
	}
	return "", nil
}

// mayNotSet says why the caller could not set any policy.
func (s *Policies) mayNotSet(ctx context.Context, c domain.Caller, t domain.Tenant, heads domain.Headcount) (domain.Code, error) {
	if c.Ticket == nil {
		t.Policy.MandatoryMethods = domain.MethodsAny
		if heads.PolicyAdmins(t) == 0 {
			return domain.CodeOwnTwoFactorRequired, nil
		}
		return "", nil
	}
	actor, err := s.access.Subject(ctx, c, c.Ticket.UserID)
	switch {
	case err != nil:
		return "", err
	case !t.SetsPolicy(actor.Role):
		return domain.CodeForbidden, nil
	case !actor.Enabled():
		return domain.CodeOwnTwoFactorRequired, nil
	}
	return "", nil
}
