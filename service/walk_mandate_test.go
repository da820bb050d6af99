package service_test

import (
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
)

var allRoles = []domain.Role{domain.RoleMember, domain.RoleUserManager, domain.RoleAdmin, domain.RoleOwner}

func covers(p domain.Policy, r domain.Role) bool {
	return p.Mandatory && (len(p.MandatoryRoles) == 0 || slices.Contains(p.MandatoryRoles, r))
}

func latestOf(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// meets reports whether a user has what a mandate demands.
func (u *modelUser) meets(methods domain.MandatoryMethods) bool {
	return u.enabled() && (methods != domain.MethodsPhishingResistant || len(u.passkeys()) > 0)
}

// demand is what the mandate asks of a user, and from when on.
func (m *model) demand(u *modelUser) (methods domain.MandatoryMethods, met bool, by time.Time) {
	p := m.policy
	met = u.meets(p.MandatoryMethods)
	if !u.profile.Active || !u.local() || !covers(p, u.profile.Role) || !met && m.now.Before(u.exemptUntil) {
		return "", false, time.Time{}
	}
	by = latestOf(m.reached(u), p.MandatoryFrom)
	second := u.everEnrolled
	if u.enabled() {
		second = u.hadPasskey
	}
	if !met && !u.mustEnroll && !second {
		by = by.Add(p.GracePeriod)
	}
	return p.MandatoryMethods, met, by
}

// reached is when the mandate came to a user.
func (m *model) reached(u *modelUser) time.Time {
	own, role := u.covered.Any, m.policy.Reached[u.profile.Role].Any
	if m.policy.MandatoryMethods == domain.MethodsPhishingResistant && u.enabled() {
		own, role = u.covered.PhishingResistant, m.policy.Reached[u.profile.Role].PhishingResistant
	}
	if !own.IsZero() && !own.Before(m.policy.MandatorySince) {
		return own
	}
	return latestOf(role, u.createdAt, m.policy.MandatorySince)
}

// onlyPasskeys reports whether a passkey alone logs the user in now.
func (m *model) onlyPasskeys(u *modelUser) bool {
	methods, _, by := m.demand(u)
	return methods == domain.MethodsPhishingResistant && !m.now.Before(by)
}

// methods are those that are offered.
func (m *model) methods(u *modelUser) []domain.Method {
	if m.onlyPasskeys(u) && len(u.passkeys()) > 0 {
		return []domain.Method{domain.MethodPasskey}
	}
	return u.methods(m.now)
}

// under is the model as a replica sees it that has read another policy.
func (m *model) under(p domain.Policy) *model {
	here := *m
	here.policy = p
	return &here
}

// refusesFactor reports a factor that would not do under the mandate.
func (m *model) refusesFactor(u *modelUser, passkey bool, replaces *walkDevice) bool {
	methods, met, _ := m.demand(u)
	if passkey || methods != domain.MethodsPhishingResistant {
		return false
	}
	after := *u
	after.drop(replaces)
	return !met && m.onlyPasskeys(u) || met && len(after.passkeys()) == 0
}

// coverRole keeps when the mandate first reached a user whose role changes.
func (m *model) coverRole(u *modelUser, next domain.Role) {
	former, coming := m.policy.Reached[u.profile.Role], m.policy.Reached[next]
	u.covered.Any = m.coverHalf(u, u.covered.Any, former.Any, coming.Any)
	u.covered.PhishingResistant = m.coverHalf(u, u.covered.PhishingResistant, former.PhishingResistant, coming.PhishingResistant)
}

func (m *model) coverHalf(u *modelUser, own, former, coming time.Time) time.Time {
	current := !own.IsZero() && !own.Before(m.policy.MandatorySince)
	switch {
	case current || !m.policy.Mandatory:
		return own
	case !former.IsZero():
		return latestOf(former, u.createdAt)
	case !coming.IsZero():
		return m.now
	}
	return time.Time{}
}

// mandateOf is what a policy comes to by a patch, and whether it reaches more users, or asks more of them.
func mandateOf(p domain.Policy, patch domain.PolicyPatch, now time.Time) (next domain.Policy, more bool) {
	next = p
	replace(&next.Mandatory, patch.Mandatory)
	replace(&next.MandatoryRoles, patch.MandatoryRoles)
	replace(&next.MandatoryFrom, patch.MandatoryFrom)
	replace(&next.MandatoryMethods, patch.MandatoryMethods)
	if len(next.MandatoryRoles) == len(allRoles) || len(next.MandatoryRoles) == 0 {
		next.MandatoryRoles = nil
	}
	next.Reached = map[domain.Role]domain.Reached{}
	passkeys := next.MandatoryMethods == domain.MethodsPhishingResistant
	for _, role := range allRoles {
		at := p.Reached[role]
		if covers(next, role) && at.Any.IsZero() {
			at.Any = now
		}
		if covers(next, role) && at.PhishingResistant.IsZero() && passkeys {
			at.PhishingResistant = now
		}
		if next.Mandatory && at != (domain.Reached{}) {
			next.Reached[role] = at
		}
		more = more || covers(next, role) && (!covers(p, role) || passkeys && p.MandatoryMethods != domain.MethodsPhishingResistant)
	}
	switch {
	case !next.Mandatory:
		next.MandatorySince = time.Time{}
	case !p.Mandatory:
		next.MandatorySince = now
	}
	return next, more
}

// exempt predicts an exemption; until is zero to end one.
func (m *model) exempt(seen *model, id string, p *proofOf, until time.Time, reason bool) domain.Code {
	u, code := m.subject(modelCaller{}, id)
	if code != "" {
		return code
	}
	actor, code := m.stepUp(seen, modelCaller{}, p, false)
	switch {
	case code != "":
		return code
	case actor.id == id, rank(actor.profile.Role) < rank(domain.RoleAdmin), rank(u.profile.Role) > rank(actor.profile.Role):
		return domain.CodeForbidden
	case p.recovery:
		return domain.CodeStepUpRequired
	case !until.IsZero() && !u.local():
		return domain.CodeAuthSourceNotSupported
	case until.IsZero() && !m.now.Before(u.exemptUntil):
		return domain.CodeNotFound
	case !until.IsZero() && !reason:
		return domain.CodeReasonRequired
	case !until.IsZero() && (!until.After(m.now) || until.After(m.now.Add(366*24*time.Hour))):
		return domain.CodeInvalidRequest
	}
	u.exemptUntil = until
	return m.commit(id, u, p)
}
