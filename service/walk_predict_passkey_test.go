package service_test

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// purpose is what a proof is for.
type purpose struct{ audience, action, session string }

func (p purpose) request() proof.TokenRequest {
	return proof.TokenRequest{Audience: p.audience, Action: p.action, SessionID: p.session}
}

// asked is a challenge that went out, and what it is good for.
type asked struct {
	page    string // that alone may answer; empty: any of the tenant's
	state   string
	request json.RawMessage

	id         string
	serial     int // of the user's incarnation
	generation int
	purpose    purpose
	expires    time.Time
	sequence   int64
	allowed    []*walkDevice
	verifies   bool // the user of the authenticator
}

// answeredOn is a page that may answer.
func (c *asked) answeredOn() string { return cmp.Or(c.page, webOrigin) }

func (u *modelUser) passkeys() (found []*walkDevice) {
	for _, a := range u.active() {
		if a.passkey() {
			found = append(found, a.walkDevice)
		}
	}
	return found
}

// spent is the sequence that was spent last, of all the user's passkeys.
func (u *modelUser) lastSequence() (last int64) {
	for _, a := range u.apps {
		if a.passkey() {
			last = max(last, a.last)
		}
	}
	return last
}

// asks reports whether a host gets options for a user.
func (m *model) asks(u *modelUser) bool {
	return u.profile.Active && u.local() && m.passkeys && len(u.passkeys()) > 0
}

// ask predicts options, which write nothing.
func (m *model) ask(v modelCaller, id string, p purpose) (*asked, domain.Code) {
	u, code := m.prover(v, id)
	switch {
	case code != "":
		return nil, code
	case v.ticket() && p.session != "":
		return nil, domain.CodeInvalidRequest
	case !m.passkeys:
		return nil, domain.CodePasskeysNotConfigured
	case len(u.passkeys()) == 0:
		return nil, domain.CodeNotEnrolled
	}
	return &asked{
		id: id, serial: u.serial, generation: u.generation, purpose: p, expires: m.now.Add(2 * time.Minute),
		sequence: max(m.now.UnixMilli(), u.lastSequence()+1), allowed: u.passkeys(),
		verifies: m.policy.UserVerification == domain.UserVerificationRequired,
	}, ""
}

// asserts reports whether an assertion proves a passkey of the user, and spends its
// challenge.
func (m *model) asserts(seen *model, u *modelUser, g guess) bool {
	why := m.objection(seen, u, g)
	m.assertions[why]++
	if why != "" {
		return false
	}
	a := u.app(g.assertion.from)
	a.last, a.used = g.assertion.sequence, m.now
	return true
}

// objection is what is wrong with an assertion.
func (m *model) objection(seen *model, u *modelUser, g guess) string {
	c := g.assertion
	switch a := u.app(c.from); {
	case c.wrong:
		return "a fault"
	case a == nil || a.pending:
		return "not a passkey of theirs"
	case c.id != u.id || c.serial != u.serial:
		return "another's challenge"
	case c.generation != u.generation:
		return "an earlier generation"
	case c.purpose != g.purpose:
		return "for something else"
	case c.asked.page != "" && c.asked.page != c.page:
		return "on another page"
	case !m.now.Before(c.expires):
		return "too late"
	case c.sequence <= u.lastSequence():
		return "spent"
	case !c.verifies && seen.policy.UserVerification == domain.UserVerificationRequired:
		return "without user verification, which is required by now"
	}
	return ""
}
