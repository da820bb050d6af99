package service_test

import (
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Each prediction takes what a replica may still have read before its rival in
// a concurrent pair committed: the policy, which may be a second old, and the
// person behind a step-up token. A single call has seen everything.

// subject finds whom a call is about.
func (m *model) subject(v modelCaller, id string) (*modelUser, domain.Code) {
	u := m.users[id]
	switch {
	case u == nil && !v.ticket():
		return nil, domain.CodeNotFound
	case u == nil || v.ticket() && v.serial != u.serial:
		return nil, domain.CodeCredentialInvalid
	case v.ticket() && !u.profile.Active:
		return nil, domain.CodeUserInactive
	case v.ticket() && v.ticketEpoch != u.ticketEpoch:
		return nil, domain.CodeCredentialInvalid
	}
	twin := *u
	twin.apps = slices.Clone(u.apps)
	return &twin, ""
}

// stepUp finds the user behind a step-up token.
func (m *model) stepUp(seen *model, v modelCaller, p *proofOf, enrolls bool) (*modelUser, domain.Code) {
	if p == nil || m.now.Unix() >= p.at+300 {
		return nil, domain.CodeStepUpRequired
	}
	if v.ticket() && v.Ticket.UserID != p.id {
		return nil, domain.CodeForbidden
	}
	u := seen.users[p.id]
	if u == nil || !u.profile.Active || !u.enabled() || p.seen != u.generation {
		return nil, domain.CodeStepUpRequired
	}
	if !enrolls && p.pass {
		return nil, domain.CodeStepUpRequired
	}
	if !enrolls && !p.passkey && m.under(seen.policy).onlyPasskeys(u) {
		return nil, domain.CodeFactorNotAccepted
	}
	return u, ""
}

// stepUpFor finds the user behind a step-up token, who may act on another.
func (m *model) stepUpFor(seen *model, v modelCaller, u *modelUser, p *proofOf, reason bool) domain.Code {
	actor, code := m.stepUp(seen, v, p, false)
	switch {
	case code != "" || actor.id == u.id:
		return code
	case rank(actor.profile.Role) < rank(domain.RoleUserManager) || rank(u.profile.Role) > rank(actor.profile.Role):
		return domain.CodeForbidden
	case !reason:
		return domain.CodeReasonRequired
	}
	return ""
}

func (m *model) put(seen *model, id string, p domain.Profile) domain.Code {
	u, code := m.subject(modelCaller{}, id)
	if code != "" {
		m.created++
		m.users[id] = &modelUser{id: id, serial: m.created, profile: p, createdAt: m.now}
		return ""
	}
	if u.profile.Active && !p.Active {
		u.ticketEpoch++
	}
	if u.profile.AuthSource != p.AuthSource || u.profile.Role != p.Role || u.profile.Active != p.Active {
		m.changed(u)
	}
	if u.profile.Role != p.Role {
		m.under(seen.policy).coverRole(u, p.Role)
		if rank(p.Role) > rank(u.profile.Role) && m.now.Before(u.exemptUntil) {
			u.exemptUntil = time.Time{}
		}
	}
	u.profile = p
	return m.commit(id, u, nil)
}

func (m *model) remove(id string) domain.Code {
	if _, code := m.subject(modelCaller{}, id); code != "" {
		return code
	}
	return m.commit(id, nil, nil)
}

// importFactor predicts that a factor comes from elsewhere.
func (m *model) importFactor(id string, d *walkDevice) domain.Code {
	u, code := m.subject(modelCaller{}, id)
	if code != "" {
		return code
	}
	m.changed(u)
	u.apps = append(u.apps, app{walkDevice: d})
	u.everEnrolled, u.mustEnroll = true, false
	return m.commit(id, u, nil)
}

// refusesLoginTicket reports a login ticket where the decision is not enroll, and
// nothing is replaced that alone would log the user in.
func (m *model) refusesLoginTicket(seen *model, v modelCaller, u *modelUser, replaces bool) bool {
	here := m.under(seen.policy)
	return v.login() && here.verdict(u).Decision != domain.DecisionEnroll && !(replaces && here.onlyPasskeys(u))
}

// begin predicts an enrollment; d is the device that it would be of.
func (m *model) begin(seen *model, v modelCaller, id string, d, replaces *walkDevice, p *proofOf) domain.Code {
	u, code := m.subject(v, id)
	switch {
	case code != "":
		return code
	case !u.profile.Active:
		return domain.CodeUserInactive
	case !u.local():
		return domain.CodeAuthSourceNotSupported
	case m.refusesLoginTicket(seen, v, u, replaces != nil):
		return domain.CodeForbidden
	case m.under(seen.policy).refusesFactor(u, d.passkey(), replaces):
		return domain.CodeFactorNotAccepted
	}
	a := u.unfinished()
	switch {
	case a != nil && m.now.Before(a.expires) && a.byTicket == v.ticket() && a.replaces == replaces && a.proven == u.enabled() && a.kind() == d.kind():
		return "" // shown again
	case !u.enabled():
		p = nil
	default:
		actor, code := m.stepUp(seen, v, p, true)
		if code == "" && actor.id != id {
			code = domain.CodeForbidden
		}
		if code == "" && p.recovery && replaces == nil {
			code = domain.CodeStepUpRequired
		}
		if code != "" {
			return code
		}
	}
	return m.store(v, u, d, replaces, p)
}

func (m *model) store(v modelCaller, u *modelUser, d, replaces *walkDevice, p *proofOf) domain.Code {
	if a := u.unfinished(); a != nil {
		u.drop(a.walkDevice)
	}
	switch old := u.app(replaces); {
	case replaces != nil && old == nil:
		return domain.CodeNotFound
	case replaces == nil && len(u.active()) >= domain.MaxFactors:
		return domain.CodeFactorLimitReached
	case d.passkey() && !m.passkeys:
		return domain.CodePasskeysNotConfigured
	}
	u.apps = append(u.apps, app{
		walkDevice: d, pending: true, expires: m.now.Add(10 * time.Minute), replaces: replaces,
		proven: p != nil, byTicket: v.ticket(),
	})
	return m.commit(u.id, u, p)
}
