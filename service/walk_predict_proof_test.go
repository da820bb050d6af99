package service_test

import "github.com/countersign/countersign/service/domain"

// guess is a proof sent: the code of a step, a recovery code, or a wrong one.
type guess struct {
	from   *device
	step   int64
	set    *[]string
	nth    int
	wrong  bool
	lookup bool // a recovery code
}

// try decides a proof and reports the next state of the citizen.
func (t *town) try(c *citizen, g guess) domain.Code {
	lane := &c.codeLane
	if g.lookup {
		lane = &c.backLane
	}
	if code := lane.refusal(t.now); code != "" {
		return code
	}
	if g.wrong || !t.proves(c, g) {
		lane.fail(t.now)
		return domain.CodeCodeInvalid
	}
	c.codeLane = budget{}
	if g.lookup {
		c.backLane, c.spent[g.nth] = budget{}, true
		t.changed(c)
	}
	if c.backLane.refusal(t.now) == domain.CodeLocked {
		c.backLane = budget{}
	}
	return ""
}

func (t *town) proves(c *citizen, g guess) bool {
	if g.lookup {
		return c.codes != nil && c.codes == g.set && !c.spent[g.nth]
	}
	a := c.app(g.from)
	if a == nil || a.pending || g.step <= a.last {
		return false
	}
	off := g.step - t.step()
	if max(off, -off) > 1 && max(off-a.drift, a.drift-off) > 1 {
		return false
	}
	a.last, a.drift = g.step, off
	return true
}

// prover finds a citizen who can prove something.
func (t *town) prover(v visitor, id string) (*citizen, domain.Code) {
	c, code := t.subject(v, id)
	switch {
	case code != "":
		return nil, code
	case !c.profile.Active:
		return nil, domain.CodeUserInactive
	case !c.local():
		return nil, domain.CodeAuthSourceNotSupported
	}
	return c, ""
}

func (t *town) verify(v visitor, id string, g guess) domain.Code {
	c, code := t.prover(v, id)
	if code == "" && !c.enabled() {
		code = domain.CodeNotEnrolled
	}
	if code != "" {
		return code
	}
	return t.decided(c, t.try(c, g))
}

// decided stores what a proof came to: a failure is kept, a refusal is not.
func (t *town) decided(c *citizen, code domain.Code) domain.Code {
	if code != "" && code != domain.CodeCodeInvalid {
		return code
	}
	if refusal := t.commit(c.id, c, nil); refusal != "" {
		return refusal
	}
	return code
}

// confirm predicts the end of an enrollment; codes are where new recovery codes
// would be shown. The last code sent is that of step.
func (t *town) confirm(seen *town, v visitor, id string, d *device, step int64, sent int, wrong bool, codes *[]string) domain.Code {
	c, code := t.prover(v, id)
	switch {
	case code != "":
		return code
	case t.astray(seen, v, c):
		return domain.CodeForbidden
	}
	a := c.app(d)
	switch {
	case a == nil:
		return domain.CodeNotFound
	case !a.pending:
		return domain.CodeFactorNotPending
	case !t.now.Before(a.expires):
		return domain.CodeEnrollmentExpired
	case sent != seen.policy.EnrollmentCodes:
		return domain.CodeInvalidRequest
	}
	if code := c.codeLane.refusal(t.now); code != "" {
		return code
	}
	off := step - t.step()
	early, late := int64(-1), int64(1)
	if sent == 2 {
		early, late = -19, 20 // the first of the two is a step earlier
	}
	if wrong || off < early || off > late {
		c.codeLane.fail(t.now)
		return t.decided(c, domain.CodeCodeInvalid)
	}
	return t.activate(c, a, step, codes)
}

func (t *town) activate(c *citizen, a *app, step int64, codes *[]string) domain.Code {
	first := !c.enabled()
	old := c.app(a.replaces)
	a.pending, a.last, a.drift = false, step, step-t.step()
	if first || old != nil {
		c.codes, c.spent = codes, [8]bool{}
	}
	if old != nil {
		c.drop(old.device)
	}
	c.ever, c.must = true, false
	t.changed(c)
	return t.commit(c.id, c, nil)
}
