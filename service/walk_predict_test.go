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
func (t *town) subject(v visitor, id string) (*citizen, domain.Code) {
	c := t.citizens[id]
	switch {
	case c == nil && !v.ticket():
		return nil, domain.CodeNotFound
	case c == nil || v.ticket() && v.serial != c.serial:
		return nil, domain.CodeCredentialInvalid
	case v.ticket() && !c.profile.Active:
		return nil, domain.CodeUserInactive
	case v.ticket() && v.offs != c.offs:
		return nil, domain.CodeCredentialInvalid
	}
	twin := *c
	twin.apps = slices.Clone(c.apps)
	return &twin, ""
}

// bearer finds the person behind a step-up token.
func (t *town) bearer(seen *town, v visitor, p *proofOf) (*citizen, domain.Code) {
	if p == nil || t.now.Unix() >= p.at+300 {
		return nil, domain.CodeStepUpRequired
	}
	if v.ticket() && v.Ticket.UserID != p.id {
		return nil, domain.CodeForbidden
	}
	c := seen.citizens[p.id]
	if c == nil || !c.profile.Active || !c.enabled() || p.seen != c.generation {
		return nil, domain.CodeStepUpRequired
	}
	return c, ""
}

// overseer is a bearer who may act on a citizen.
func (t *town) overseer(seen *town, v visitor, c *citizen, p *proofOf, reason bool) domain.Code {
	actor, code := t.bearer(seen, v, p)
	switch {
	case code != "" || actor.id == c.id:
		return code
	case rank(actor.profile.Role) < rank(domain.RoleUserManager) || rank(c.profile.Role) > rank(actor.profile.Role):
		return domain.CodeForbidden
	case !reason:
		return domain.CodeReasonRequired
	}
	return ""
}

func (t *town) put(id string, p domain.Profile) domain.Code {
	c, code := t.subject(visitor{}, id)
	if code != "" {
		t.created++
		t.citizens[id] = &citizen{id: id, serial: t.created, profile: p, createdAt: t.now}
		return ""
	}
	if c.profile.Active && !p.Active {
		c.offs++
	}
	if c.profile.AuthSource != p.AuthSource || c.profile.Role != p.Role || c.profile.Active != p.Active {
		t.changed(c)
	}
	c.profile = p
	return t.commit(id, c, nil)
}

func (t *town) remove(id string) domain.Code {
	if _, code := t.subject(visitor{}, id); code != "" {
		return code
	}
	return t.commit(id, nil, nil)
}

// astray reports a login ticket where the decision is not enroll.
func (t *town) astray(seen *town, v visitor, c *citizen) bool {
	here := *t
	here.policy = seen.policy
	return v.login() && here.verdict(c).Decision != domain.DecisionEnroll
}

// begin predicts an enrollment; d is the device that it would be of.
func (t *town) begin(seen *town, v visitor, id string, d, replaces *device, p *proofOf) domain.Code {
	c, code := t.subject(v, id)
	switch {
	case code != "":
		return code
	case !c.profile.Active:
		return domain.CodeUserInactive
	case !c.local():
		return domain.CodeAuthSourceNotSupported
	case t.astray(seen, v, c):
		return domain.CodeForbidden
	}
	u := c.unfinished()
	switch {
	case u != nil && t.now.Before(u.expires) && u.byTicket == v.ticket() && u.replaces == replaces && u.proven == c.enabled():
		return "" // shown again
	case !c.enabled():
		p = nil
	default:
		actor, code := t.bearer(seen, v, p)
		if code == "" && actor.id != id {
			code = domain.CodeForbidden
		}
		if code == "" && p.lookup && replaces == nil {
			code = domain.CodeStepUpRequired
		}
		if code != "" {
			return code
		}
	}
	return t.store(v, c, d, replaces, p)
}

func (t *town) store(v visitor, c *citizen, d, replaces *device, p *proofOf) domain.Code {
	if u := c.unfinished(); u != nil {
		c.drop(u.device)
	}
	switch old := c.app(replaces); {
	case replaces != nil && old == nil:
		return domain.CodeNotFound
	case replaces == nil && len(c.active()) >= domain.MaxFactors:
		return domain.CodeFactorLimitReached
	}
	c.apps = append(c.apps, app{
		device: d, pending: true, expires: t.now.Add(10 * time.Minute), replaces: replaces,
		proven: p != nil, byTicket: v.ticket(),
	})
	return t.commit(c.id, c, p)
}
