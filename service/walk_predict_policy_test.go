package service_test

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// own refuses one's own disable.
func (u *modelUser) refuseOwnDisable(seen *model) domain.Code {
	switch {
	case !u.enabled():
		return domain.CodeNotEnrolled
	case seen.policy.Mandatory:
		return domain.CodeTwoFactorMandatory
	}
	return ""
}

func (m *model) removeFactors(u *modelUser) {
	u.apps, u.codes, u.spent = nil, nil, [8]bool{}
	u.codeLane, u.recoveryLane = budget{}, budget{}
	m.changed(u)
}

func (m *model) disableByProof(seen *model, v modelCaller, id string, g guess) domain.Code {
	u, code := m.prover(v, id)
	if code == "" {
		code = u.refuseOwnDisable(seen)
	}
	if code != "" {
		return code
	}
	if code = m.try(u, g); code == "" {
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
		code = u.refuseOwnDisable(seen)
	}
	if code == "" {
		code = m.stepUpFor(seen, v, u, p, reason)
	}
	if code == "" && p.id == id {
		code = u.refuseOwnDisable(seen)
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
		if code := m.stepUpFor(seen, v, u, p, true); code != "" {
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
	affected, admins int
	preview          bool
}

func (m *model) basis(preview bool) basis {
	b := basis{version: m.policy.Version, preview: preview}
	for _, u := range m.users {
		if !preview || !u.profile.Active || !u.local() || u.enabled() {
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
	actor, code := m.stepUp(seen, modelCaller{}, p)
	turnsOn := patch.Mandatory != nil && *patch.Mandatory && !m.policy.Mandatory
	now := m.basis(turnsOn)
	if seen.counted != nil {
		now = seen.counted.basis(turnsOn)
		now.version = m.policy.Version
	}
	switch {
	case code != "":
		return code
	case !m.setsPolicy(actor.profile.Role):
		return domain.CodeForbidden
	case p.pass:
		return domain.CodeStepUpRequired
	case match != now:
		return domain.CodePreconditionFailed
	case m.tokens[p.text]:
		return domain.CodeStepUpRequired
	}
	m.tokens[p.text] = true
	if turnsOn {
		m.policy.MandatorySince = m.now
	}
	replace(&m.policy.Mandatory, patch.Mandatory)
	replace(&m.policy.GracePeriod, patch.GracePeriod)
	replace(&m.policy.Custody, patch.Custody)
	replace(&m.policy.Regeneration, patch.Regeneration)
	replace(&m.policy.EnrollmentCodes, patch.EnrollmentCodes)
	replace(&m.policy.UserVerification, patch.UserVerification)
	if !m.policy.Mandatory {
		m.policy.MandatorySince = time.Time{}
	}
	m.policy.Version++
	return ""
}

func replace[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
