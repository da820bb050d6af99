package service_test

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// own refuses one's own disable.
func (c *citizen) own(seen *town) domain.Code {
	switch {
	case !c.enabled():
		return domain.CodeNotEnrolled
	case seen.policy.Mandatory:
		return domain.CodeTwoFactorMandatory
	}
	return ""
}

func (t *town) bare(c *citizen) {
	c.apps, c.codes, c.spent = nil, nil, [8]bool{}
	c.codeLane, c.backLane = budget{}, budget{}
	t.changed(c)
}

func (t *town) disableByProof(seen *town, v visitor, id string, g guess) domain.Code {
	c, code := t.prover(v, id)
	if code == "" {
		code = c.own(seen)
	}
	if code != "" {
		return code
	}
	if code = t.try(c, g); code == "" {
		t.bare(c)
	}
	return t.decided(c, code)
}

func (t *town) disableByToken(seen *town, v visitor, id string, p *proofOf, reason bool) domain.Code {
	c, code := t.subject(v, id)
	if code != "" {
		return code
	}
	if v.ticket() && v.Ticket.UserID == id {
		code = c.own(seen)
	}
	if code == "" {
		code = t.overseer(seen, v, c, p, reason)
	}
	if code == "" && p.id == id {
		code = c.own(seen)
	}
	if code != "" {
		return code
	}
	t.bare(c)
	return t.commit(id, c, p)
}

func (t *town) removeApp(seen *town, v visitor, id string, d *device, p *proofOf) domain.Code {
	c, code := t.subject(v, id)
	if code != "" {
		return code
	}
	a := c.app(d)
	switch {
	case a == nil:
		return domain.CodeNotFound
	case a.pending && !c.enabled():
		p = nil
	case !a.pending && len(c.active()) == 1:
		return t.disableByToken(seen, v, id, p, true)
	default:
		if code := t.overseer(seen, v, c, p, true); code != "" {
			return code
		}
	}
	if !a.pending {
		t.changed(c)
	}
	c.drop(d)
	return t.commit(id, c, p)
}

func (t *town) reset(id string) domain.Code {
	c, code := t.subject(visitor{}, id)
	if code == "" && !c.local() {
		code = domain.CodeAuthSourceNotSupported
	}
	if code != "" {
		return code
	}
	t.bare(c)
	c.must = true
	t.citizens[id] = c
	t.orphaned = t.policy.Mandatory && t.governors() == 0
	return ""
}

// basis is what an ETag stands for.
type basis struct {
	version          int64
	affected, admins int
	preview          bool
}

func (t *town) basis(preview bool) basis {
	b := basis{version: t.policy.Version, preview: preview}
	for _, c := range t.citizens {
		if !preview || !c.profile.Active || !c.local() || c.enabled() {
			continue
		}
		b.affected++
		if rank(c.profile.Role) >= rank(domain.RoleAdmin) {
			b.admins++
		}
	}
	return b
}

func (t *town) patch(seen *town, p *proofOf, patch domain.PolicyPatch, match basis) domain.Code {
	actor, code := t.bearer(seen, visitor{}, p)
	turnsOn := patch.Mandatory != nil && *patch.Mandatory && !t.policy.Mandatory
	now := t.basis(turnsOn)
	if seen.counted != nil {
		now = seen.counted.basis(turnsOn)
		now.version = t.policy.Version
	}
	switch {
	case code != "":
		return code
	case !t.governs(actor.profile.Role):
		return domain.CodeForbidden
	case match != now:
		return domain.CodePreconditionFailed
	case t.tokens[p.text]:
		return domain.CodeStepUpRequired
	}
	t.tokens[p.text] = true
	if turnsOn {
		t.policy.MandatorySince = t.now
	}
	replace(&t.policy.Mandatory, patch.Mandatory)
	replace(&t.policy.GracePeriod, patch.GracePeriod)
	replace(&t.policy.Custody, patch.Custody)
	replace(&t.policy.Regeneration, patch.Regeneration)
	replace(&t.policy.EnrollmentCodes, patch.EnrollmentCodes)
	if !t.policy.Mandatory {
		t.policy.MandatorySince = time.Time{}
	}
	t.policy.Version++
	return ""
}

func replace[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
