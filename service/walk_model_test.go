package service_test

import (
	"maps"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// model is the reference model of the policy walk: what a tenant must be after each step,
// worked out from the design and from none of the code under test. Its methods
// predict the answer of each call and make the step that the call makes.
type model struct {
	edition  domain.Edition
	policy   domain.Policy
	users    map[string]*modelUser
	created  int             // counts creations, so that the same id twice is two people
	changes  int             // counts changes of factors
	tokens   map[string]bool // step-up tokens spent
	orphaned bool            // a break-glass took the last enrolled policy admin, and no one followed yet
	passkeys bool            // the tenant has pages for them
	now      time.Time
	// assertions counts predictions, by what is wrong; clones share it.
	assertions map[string]int
	counted    *model // what people were counted from, who are not held; nil: from here
}

// modelUser is one user.
type modelUser struct {
	id           string
	serial       int
	profile      domain.Profile
	createdAt    time.Time
	apps         []app
	everEnrolled bool           // had a factor once
	mustEnroll   bool           // reset by the break-glass
	hadPasskey   bool           // one was removed
	covered      domain.Reached // when the mandate reached somebody whose role changed
	exemptUntil  time.Time
	generation   int // what a token must have seen
	ticketEpoch  int // how often deactivated: what a ticket must have seen
	codeLane     budget
	codes        *[]string // recovery codes, once somebody has been shown them
	spent        [8]bool
	recoveryLane budget
	pass         *walkPass // the one that was given last, until it is used or ends
}

// app is a factor of a user.
type app struct {
	*walkDevice
	pending  bool
	expires  time.Time
	replaces *walkDevice
	proven   bool  // begun with a step-up token: not the first
	byTicket bool  // begun by a ticket, not by the host
	last     int64 // step, or sequence
	drift    int64
	used     time.Time
}

// proofOf is a step-up token of a user for Countersign's own routes.
type proofOf struct {
	text, id string
	at       int64
	seen     int  // generation when it was earned
	recovery bool // by a recovery code or an access pass
	pass     bool // by an access pass
	passkey  bool
}

// modelCaller is who calls: the host's backend, or a user with a ticket.
type modelCaller struct {
	domain.Caller
	serial, ticketEpoch int
}

func (v modelCaller) ticket() bool { return v.Ticket != nil }
func (v modelCaller) login() bool  { return v.ticket() && v.Ticket.Purpose == domain.PurposeLogin }

// budget is a lane of failures.
type budget struct {
	failures int
	at       time.Time
	length   time.Duration
}

func (b *budget) fail(now time.Time) {
	b.failures++
	if b.failures >= 5 {
		b.at, b.length = now, time.Hour
		if b.failures < 12 {
			b.length = 30 * time.Second << (b.failures - 5)
		}
	}
}

func (b budget) refusal(now time.Time) domain.Code {
	switch {
	case b.failures >= 20:
		return domain.CodeLocked
	case b.at.Add(b.length).After(now):
		return domain.CodeTooManyAttempts
	}
	return ""
}

// changed begins another generation of a user: an unfinished enrollment ends
// with the one before.
func (m *model) changed(u *modelUser) {
	m.changes++
	u.generation, u.pass = m.changes, nil
	if a := u.unfinished(); a != nil {
		u.drop(a.walkDevice)
	}
}

func (m *model) clone() *model {
	next := *m
	next.tokens = maps.Clone(m.tokens)
	next.users = make(map[string]*modelUser, len(m.users))
	for id, u := range m.users {
		twin := *u
		twin.apps = slices.Clone(u.apps)
		next.users[id] = &twin
	}
	return &next
}

// step is that of a device whose clock is right.
func (m *model) step(d *walkDevice) int64 { return d.shows.StepAt(m.now) }

func (u *modelUser) active() []app {
	return slices.DeleteFunc(slices.Clone(u.apps), func(a app) bool { return a.pending })
}

func (u *modelUser) local() bool   { return u.profile.AuthSource == domain.AuthLocal }
func (u *modelUser) enabled() bool { return u.local() && len(u.active()) > 0 }

func (u *modelUser) app(d *walkDevice) *app {
	for i := range u.apps {
		if u.apps[i].walkDevice == d {
			return &u.apps[i]
		}
	}
	return nil
}

func (u *modelUser) unfinished() *app {
	for i := range u.apps {
		if u.apps[i].pending {
			return &u.apps[i]
		}
	}
	return nil
}

func (u *modelUser) drop(d *walkDevice) {
	if a := u.app(d); a != nil && !a.pending && a.passkey() {
		u.hadPasskey = true
	}
	u.apps = slices.DeleteFunc(slices.Clone(u.apps), func(a app) bool { return a.walkDevice == d })
}

func (u *modelUser) remaining() int {
	if u.codes == nil {
		return 0
	}
	left := 0
	for _, spent := range u.spent {
		if !spent {
			left++
		}
	}
	return left
}

// methods are those of the user's factors, the one used last first, and then the
// recovery codes and the access pass.
func (u *modelUser) methods(now time.Time) []domain.Method {
	found := []domain.Method{}
	if !u.enabled() {
		return found
	}
	active := u.active()
	slices.SortStableFunc(active, func(a, b app) int { return b.used.Compare(a.used) })
	for _, a := range active {
		if method := domain.Method(a.kind()); !slices.Contains(found, method) {
			found = append(found, method)
		}
	}
	if u.remaining() > 0 {
		found = append(found, domain.MethodRecoveryCode)
	}
	if u.pass != nil && now.Before(u.pass.expires) {
		found = append(found, domain.MethodAccessPass)
	}
	return found
}

func rank(r domain.Role) int {
	return slices.Index([]domain.Role{domain.RoleMember, domain.RoleUserManager, domain.RoleAdmin, domain.RoleOwner}, r)
}

func (m *model) setsPolicy(r domain.Role) bool {
	return r == domain.RoleOwner || m.edition == domain.EditionServer && r == domain.RoleAdmin
}

func (m *model) policyAdmin(u *modelUser) bool {
	return u != nil && u.profile.Active && m.setsPolicy(u.profile.Role) && u.proven() && u.meets(m.policy.MandatoryMethods)
}

// proven reports whether a proof by one of the user's devices was accepted.
func (u *modelUser) proven() bool {
	return u.enabled() && slices.ContainsFunc(u.active(), func(a app) bool { return !a.used.IsZero() })
}

func (m *model) policyAdmins() int {
	n := 0
	for _, u := range m.users {
		if m.policyAdmin(u) {
			n++
		}
	}
	return n
}

// commit stores the next state of a user (nil: gone) and spends the token
// that allowed it, unless that loses the last policy admin under a mandate.
func (m *model) commit(id string, next *modelUser, p *proofOf) domain.Code {
	switch {
	case m.policyAdmin(m.users[id]) && !m.policyAdmin(next) && m.policy.Mandatory && m.policyAdmins() <= 1:
		return domain.CodeLastAdmin
	case p != nil && m.tokens[p.text]:
		return domain.CodeStepUpRequired
	case p != nil:
		m.tokens[p.text] = true
	}
	if next == nil {
		delete(m.users, id)
	} else {
		m.users[id] = next
	}
	return ""
}

// settle follows up on a step.
func (m *model) settle() {
	if !m.policy.Mandatory || m.policyAdmins() > 0 {
		m.orphaned = false
	}
}

// verdict is what the host must be told now.
type verdict struct {
	Decision domain.Verdict
	Reason   string
	Methods  []domain.Method
	EnrollBy time.Time
	Left     int
	Ticket   bool
}

func (m *model) verdict(u *modelUser) verdict {
	v := verdict{Methods: []domain.Method{}}
	if u.local() {
		v.Left = u.remaining()
	}
	demanded, met, by := m.demand(u)
	if !met {
		v.EnrollBy = by
	}
	switch {
	case !u.profile.Active:
		v.Decision, v.Reason, v.Left = domain.DecisionDeny, "inactive", u.remaining()
	case !u.local():
		v.Decision, v.Reason = domain.DecisionAllow, "exempt"
	case u.mustEnroll, demanded != "" && !met && !m.now.Before(by):
		v.Decision, v.Reason, v.Ticket = domain.DecisionEnroll, "mandatory", true
		if !m.onlyPasskeys(u) {
			v.Methods = append(v.Methods, domain.MethodTOTP)
		}
		if m.passkeys {
			v.Methods = append(v.Methods, domain.MethodPasskey)
		}
		if u.mustEnroll {
			v.Reason = "reset"
		}
	case u.enabled():
		v.Decision, v.Reason, v.Ticket = domain.DecisionChallenge, "enrolled", true
		v.Methods = m.methods(u)
	case covers(m.policy, u.profile.Role) && m.now.Before(u.exemptUntil):
		v.Decision, v.Reason = domain.DecisionAllow, "exempt"
	case demanded != "":
		v.Decision, v.Reason = domain.DecisionAllow, "grace_period"
	default:
		v.Decision, v.Reason = domain.DecisionAllow, "not_enrolled"
	}
	return v
}

// status is what lists show.
func (m *model) status(u *modelUser) domain.TwoFactorStatus {
	demanded, met, by := m.demand(u)
	s := domain.TwoFactorStatus{
		Enabled: u.enabled(), Methods: m.methods(u),
		Proven:   u.proven(),
		Required: demanded != "" || u.mustEnroll && u.local() && u.profile.Active,
	}
	switch {
	case !u.local():
		s.ExemptReason = "auth_source"
	case m.now.Before(u.exemptUntil):
		s.ExemptReason, s.ExemptUntil = "exempted", u.exemptUntil
	}
	if s.Enabled {
		s.RecoveryCodesRemaining = u.remaining()
	}
	if !met {
		s.EnrollBy = by
	}
	switch u.codeLane.refusal(m.now) {
	case domain.CodeLocked:
		s.LockedUntil = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	case domain.CodeTooManyAttempts:
		s.LockedUntil = u.codeLane.at.Add(u.codeLane.length)
	}
	return s
}
