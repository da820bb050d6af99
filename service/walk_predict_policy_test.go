package service_test

import (
	"fmt"
	"slices"

	"github.com/countersign/countersign/service/domain"
)

// own refuses one's own disable.
func (m *model) refuseOwnDisable(seen *model, u *modelUser) domain.Code {
	switch {
	case !u.enabled():
		return domain.CodeNotEnrolled
	case u.profile.Active && u.local() && covers(seen.policy, u.profile.Role):
		return domain.CodeTwoFactorMandatory
	}
	return ""
}

// refuseOwnRemoval refuses to remove what alone meets the mandate.
func (m *model) refuseOwnRemoval(seen *model, u *modelUser, d *walkDevice) domain.Code {
	demanded, met, _ := m.under(seen.policy).demand(u)
	after := *u
	after.drop(d)
	if met && !after.meets(demanded) {
		return domain.CodeTwoFactorMandatory
	}
	return ""
}

func (m *model) removeFactors(u *modelUser) {
	u.hadPasskey = u.hadPasskey || slices.ContainsFunc(u.apps, func(a app) bool { return a.passkey() && !a.pending })
	u.apps, u.codes, u.spent = nil, nil, [8]bool{}
	u.codeLane, u.recoveryLane = budget{}, budget{}
	m.changed(u)
}

func (m *model) disableByProof(seen *model, v modelCaller, id string, g guess) domain.Code {
	u, code := m.prover(v, id)
	if code == "" {
		code = m.refuseOwnDisable(seen, u)
	}
	if code != "" {
		return code
	}
	if code = m.try(seen, u, g); code == "" {
		m.removeFactors(u)
	}
	return m.decided(u, code)
}

func (m *model) disableByToken(seen *model, v modelCaller, id string, p *proofOf, reason bool) domain.Code {
	u, code := m.subject(v, id)
	if code != "" {
		return code
	}
	if v.ticket() && v.Ticket.UserID == id {
		code = m.refuseOwnDisable(seen, u)
	}
	if code == "" {
		code = m.stepUpFor(seen, v, u, p, reason)
	}
	if code == "" && p.id == id {
		code = m.refuseOwnDisable(seen, u)
	}
	if code != "" {
		return code
	}
	m.removeFactors(u)
	return m.commit(id, u, p)
}

func (m *model) removeApp(seen *model, v modelCaller, id string, d *walkDevice, p *proofOf) domain.Code {
	u, code := m.subject(v, id)
	if code != "" {
		return code
	}
	a := u.app(d)
	switch {
	case a == nil:
		return domain.CodeNotFound
	case a.pending && !u.enabled():
		p = nil
	case !a.pending && len(u.active()) == 1:
		return m.disableByToken(seen, v, id, p, true)
	default:
		code := domain.Code("")
		if v.ticket() {
			code = m.refuseOwnRemoval(seen, u, d)
		}
		if code == "" {
			code = m.stepUpFor(seen, v, u, p, true)
		}
		if code == "" && p.id == id {
			code = m.refuseOwnRemoval(seen, u, d)
		}
		if code != "" {
			return code
		}
	}
	if !a.pending {
		m.changed(u)
	}
	u.drop(d)
	return m.commit(id, u, p)
}

func (m *model) reset(id string) domain.Code {
	u, code := m.subject(modelCaller{}, id)
	if code == "" && !u.local() {
		code = domain.CodeAuthSourceNotSupported
	}
	if code != "" {
		return code
	}
	m.removeFactors(u)
	u.mustEnroll = true
	m.users[id] = u
	m.orphaned = m.policy.Mandatory && m.policyAdmins() == 0
	return ""
}

// basis is what an ETag stands for.
type basis struct {
	version          int64
	mandate          string
	affected, admins int
}

// basis is that of the policy, or of a preview of another.
func (m *model) basis(preview bool, next domain.Policy) basis {
	b := basis{version: m.policy.Version}
	if !preview {
		return b
	}
	next.Mandatory = true
	b.mandate = fmt.Sprint(next.MandatoryRoles, next.MandatoryMethods)
	for _, u := range m.users {
		if !u.profile.Active || !u.local() || !covers(next, u.profile.Role) || u.meets(next.MandatoryMethods) || m.now.Before(u.exemptUntil) {
			continue
		}
		b.affected++
		if rank(u.profile.Role) >= rank(domain.RoleAdmin) {
			b.admins++
		}
	}
	return b
}

func (m *model) patch(seen *model, p *proofOf, patch domain.PolicyPatch, match basis) domain.Code {
	actor, code := m.stepUp(seen, modelCaller{}, p, false)
	next, more := mandateOf(m.policy, patch, m.now)
	counted := m
	if seen.counted != nil {
		counted = seen.counted.under(m.policy)
	}
	passkeys := next.MandatoryMethods == domain.MethodsPhishingResistant
	switch {
	case code != "":
		return code
	case !m.setsPolicy(actor.profile.Role):
		return domain.CodeForbidden
	case patch.MandatoryFrom != nil && !patch.MandatoryFrom.IsZero() && patch.MandatoryFrom.Before(m.now) && !patch.MandatoryFrom.Equal(m.policy.MandatoryFrom):
		return domain.CodeInvalidRequest
	case match != counted.basis(more, next):
		return domain.CodePreconditionFailed
	case passkeys && !m.passkeys && (next.Mandatory || next.MandatoryMethods != m.policy.MandatoryMethods):
		return domain.CodePasskeysNotConfigured
	case more && counted.under(next).policyAdmins() == 0:
		return domain.CodeLastAdmin
	case m.tokens[p.text]:
		return domain.CodeStepUpRequired
	}
	m.tokens[p.text] = true
	m.policy = next
	replace(&m.policy.GracePeriod, patch.GracePeriod)
	replace(&m.policy.Custody, patch.Custody)
	replace(&m.policy.Regeneration, patch.Regeneration)
	replace(&m.policy.EnrollmentCodes, patch.EnrollmentCodes)
	replace(&m.policy.UserVerification, patch.UserVerification)
	m.policy.Version++
	return ""
}

func replace[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
