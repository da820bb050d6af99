package service_test

import "github.com/countersign/countersign/service/domain"

// guess is a proof sent: the code of a step, a recovery code, an assertion, or a
// wrong code.
type guess struct {
	purpose   purpose
	from      *walkDevice
	step      int64
	set       *[]string
	nth       int
	wrong     bool
	recovery  bool      // a recovery code
	pass      *walkPass // an access pass
	assertion *assertion
}

// try decides a proof and reports the next state of the user.
func (m *model) try(seen *model, u *modelUser, g guess) domain.Code {
	switch {
	case g.assertion == nil:
		if code := m.tryCode(u, g); code != "" {
			return code
		}
	case !m.asserts(seen, u, g):
		return domain.CodePasskeyInvalid // there is nothing to guess: no lane closes, or is charged
	}
	u.codeLane = budget{}
	if g.recovery {
		u.recoveryLane, u.spent[g.nth] = budget{}, true
		m.changed(u)
	}
	if g.pass != nil {
		u.recoveryLane = budget{}
		m.changed(u)
	}
	if u.recoveryLane.refusal(m.now) == domain.CodeLocked {
		u.recoveryLane = budget{}
	}
	return ""
}

func (m *model) tryCode(u *modelUser, g guess) domain.Code {
	lane := &u.codeLane
	if g.recovery || g.pass != nil {
		lane = &u.recoveryLane
	}
	if code := lane.refusal(m.now); code != "" {
		return code
	}
	if g.wrong || !m.proves(u, g) {
		lane.fail(m.now)
		return domain.CodeCodeInvalid
	}
	return ""
}

func (m *model) proves(u *modelUser, g guess) bool {
	if g.pass != nil {
		return u.pass == g.pass && m.usable(g.pass)
	}
	if g.recovery {
		return u.codes != nil && u.codes == g.set && !u.spent[g.nth]
	}
	a := u.app(g.from)
	if a == nil || a.pending || g.step <= a.last {
		return false
	}
	off := g.step - m.step(g.from)
	if max(off, -off) > 1 && max(off-a.drift, a.drift-off) > 1 {
		return false
	}
	a.last, a.drift, a.used = g.step, off, m.now
	return true
}

// prover finds a user who can prove something.
func (m *model) prover(v modelCaller, id string) (*modelUser, domain.Code) {
	u, code := m.subject(v, id)
	switch {
	case code != "":
		return nil, code
	case !u.profile.Active:
		return nil, domain.CodeUserInactive
	case !u.local():
		return nil, domain.CodeAuthSourceNotSupported
	}
	return u, ""
}

func (m *model) verify(seen *model, v modelCaller, id string, g guess) domain.Code {
	u, code := m.prover(v, id)
	if code == "" && v.ticket() && g.purpose.session != "" {
		code = domain.CodeInvalidRequest // the ticket's own counts
	}
	if code == "" && !u.enabled() {
		code = domain.CodeNotEnrolled
	}
	if code == "" && g.assertion == nil && g.purpose.audience != domain.OwnAudience && m.under(seen.policy).onlyPasskeys(u) {
		code = domain.CodeFactorNotAccepted
	}
	if code != "" {
		return code
	}
	return m.decided(u, m.try(seen, u, g))
}

// decided stores what a proof came to: a failure is kept, a refusal is not.
func (m *model) decided(u *modelUser, code domain.Code) domain.Code {
	if code != "" && code != domain.CodeCodeInvalid {
		return code
	}
	if refusal := m.commit(u.id, u, nil); refusal != "" {
		return refusal
	}
	return code
}

// confirmation is what is sent to confirm a factor: a credential, or so many codes,
// the last of which is that of a step.
type confirmation struct {
	passkey  bool
	verifies bool // the user of the authenticator
	step     int64
	codes    int
	wrong    bool
}

// confirm predicts the end of an enrollment; codes are where new recovery codes
// would be shown.
func (m *model) confirm(seen *model, v modelCaller, id string, d *walkDevice, sent confirmation, codes *[]string) domain.Code {
	u, code := m.prover(v, id)
	switch {
	case code != "":
		return code
	case m.refusesLoginTicket(seen, v, u, u.app(d) != nil && u.app(d).replaces != nil):
		return domain.CodeForbidden
	}
	a := u.app(d)
	switch {
	case a == nil:
		return domain.CodeNotFound
	case !a.pending:
		return domain.CodeFactorNotPending
	case !m.now.Before(a.expires):
		return domain.CodeEnrollmentExpired
	case sent.passkey != d.passkey():
		return domain.CodeInvalidRequest
	case m.under(seen.policy).refusesFactor(u, d.passkey(), a.replaces):
		return domain.CodeFactorNotAccepted
	case !sent.passkey && sent.codes != seen.policy.EnrollmentCodes:
		return domain.CodeInvalidRequest
	case sent.passkey && (sent.wrong || !sent.verifies && seen.policy.UserVerification == domain.UserVerificationRequired):
		return domain.CodePasskeyInvalid
	case sent.passkey:
		return m.activate(u, a, codes)
	}
	return m.confirmByCodes(u, a, sent, codes)
}

func (m *model) confirmByCodes(u *modelUser, a *app, sent confirmation, codes *[]string) domain.Code {
	if code := u.codeLane.refusal(m.now); code != "" {
		return code
	}
	off := sent.step - m.step(a.walkDevice)
	early, late := int64(-1), int64(1)
	if sent.codes == 2 {
		early, late = -19, 20 // the first of the two is a step earlier
	}
	if sent.wrong || off < early || off > late {
		u.codeLane.fail(m.now)
		return m.decided(u, domain.CodeCodeInvalid)
	}
	a.last, a.drift = sent.step, off
	return m.activate(u, a, codes)
}

func (m *model) activate(u *modelUser, a *app, codes *[]string) domain.Code {
	first := !u.enabled()
	old := u.app(a.replaces)
	a.pending, a.used = false, m.now
	if first || old != nil {
		u.codes, u.spent = codes, [8]bool{}
	}
	if old != nil {
		u.drop(old.walkDevice)
	}
	u.everEnrolled, u.mustEnroll = true, false
	m.changed(u)
	return m.commit(u.id, u, nil)
}
