package service_test

import (
	"maps"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// town is the oracle of the policy walk: what a tenant must be after each step,
// worked out from the design and from none of the code under test. Its methods
// predict the answer of each call and make the step that the call makes.
type town struct {
	edition  domain.Edition
	policy   domain.Policy
	citizens map[string]*citizen
	created  int             // counts creations, so that the same id twice is two people
	changes  int             // counts changes of factors
	tokens   map[string]bool // step-up tokens spent
	orphaned bool            // a break-glass took the last enrolled governor, and no one followed yet
	now      time.Time
	counted  *town // what people were counted from, who are not held; nil: from here
}

// citizen is one user.
type citizen struct {
	id         string
	serial     int
	profile    domain.Profile
	createdAt  time.Time
	apps       []app
	ever       bool // had a factor once
	must       bool // reset by the break-glass
	generation int  // what a token must have seen
	offs       int  // how often deactivated: what a ticket must have seen
	codeLane   budget
	codes      *[]string // recovery codes, once somebody has been shown them
	spent      [8]bool
	backLane   budget
}

// app is a factor of a citizen.
type app struct {
	*device
	pending  bool
	expires  time.Time
	replaces *device
	proven   bool  // begun with a step-up token: not the first
	byTicket bool  // begun by a ticket, not by the host
	last     int64 // step
	drift    int64
}

// proofOf is a step-up token of a citizen for Countersign's own routes.
type proofOf struct {
	text, id string
	at       int64
	seen     int  // generation when it was earned
	lookup   bool // by a recovery code
}

// visitor is who calls: the host's backend, or a citizen with a ticket.
type visitor struct {
	domain.Caller
	serial, offs int
}

func (v visitor) ticket() bool { return v.Ticket != nil }
func (v visitor) login() bool  { return v.ticket() && v.Ticket.Purpose == domain.PurposeLogin }

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

// changed begins another generation of a citizen: an unfinished enrollment ends
// with the one before.
func (t *town) changed(c *citizen) {
	t.changes++
	c.generation = t.changes
	if u := c.unfinished(); u != nil {
		c.drop(u.device)
	}
}

func (t *town) clone() *town {
	next := *t
	next.tokens = maps.Clone(t.tokens)
	next.citizens = make(map[string]*citizen, len(t.citizens))
	for id, c := range t.citizens {
		twin := *c
		twin.apps = slices.Clone(c.apps)
		next.citizens[id] = &twin
	}
	return &next
}

func (t *town) step() int64 { return t.now.Unix() / 30 }

func (c *citizen) active() []app {
	return slices.DeleteFunc(slices.Clone(c.apps), func(a app) bool { return a.pending })
}

func (c *citizen) local() bool   { return c.profile.AuthSource == domain.AuthLocal }
func (c *citizen) enabled() bool { return c.local() && len(c.active()) > 0 }

func (c *citizen) app(d *device) *app {
	for i := range c.apps {
		if c.apps[i].device == d {
			return &c.apps[i]
		}
	}
	return nil
}

func (c *citizen) unfinished() *app {
	for i := range c.apps {
		if c.apps[i].pending {
			return &c.apps[i]
		}
	}
	return nil
}

func (c *citizen) drop(d *device) {
	c.apps = slices.DeleteFunc(slices.Clone(c.apps), func(a app) bool { return a.device == d })
}

func (c *citizen) remaining() int {
	if c.codes == nil {
		return 0
	}
	left := 0
	for _, spent := range c.spent {
		if !spent {
			left++
		}
	}
	return left
}

func (c *citizen) methods() []domain.Method {
	switch {
	case !c.enabled():
		return []domain.Method{}
	case c.remaining() == 0:
		return []domain.Method{domain.MethodTOTP}
	}
	return []domain.Method{domain.MethodTOTP, domain.MethodRecoveryCode}
}

func rank(r domain.Role) int {
	return slices.Index([]domain.Role{domain.RoleMember, domain.RoleUserManager, domain.RoleAdmin, domain.RoleOwner}, r)
}

func (t *town) governs(r domain.Role) bool {
	return r == domain.RoleOwner || t.edition == domain.EditionServer && r == domain.RoleAdmin
}

func (t *town) governor(c *citizen) bool {
	return c != nil && c.profile.Active && c.enabled() && t.governs(c.profile.Role)
}

func (t *town) governors() int {
	n := 0
	for _, c := range t.citizens {
		if t.governor(c) {
			n++
		}
	}
	return n
}

// commit stores the next state of a citizen (nil: gone) and spends the token
// that allowed it, unless that loses the last governor under a mandate.
func (t *town) commit(id string, next *citizen, p *proofOf) domain.Code {
	switch {
	case t.governor(t.citizens[id]) && !t.governor(next) && t.policy.Mandatory && t.governors() <= 1:
		return domain.CodeLastAdmin
	case p != nil && t.tokens[p.text]:
		return domain.CodeStepUpRequired
	case p != nil:
		t.tokens[p.text] = true
	}
	if next == nil {
		delete(t.citizens, id)
	} else {
		t.citizens[id] = next
	}
	return ""
}

// settle follows up on a step.
func (t *town) settle() {
	if !t.policy.Mandatory || t.governors() > 0 {
		t.orphaned = false
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

func (t *town) verdict(c *citizen) verdict {
	v := verdict{Methods: []domain.Method{}}
	if c.local() {
		v.Left = c.remaining()
	}
	required, by := t.requirement(c)
	switch {
	case !c.profile.Active:
		v.Decision, v.Reason, v.Left = domain.DecisionDeny, "inactive", c.remaining()
	case !c.local():
		v.Decision, v.Reason = domain.DecisionAllow, "exempt"
	case c.enabled():
		v.Decision, v.Reason, v.Ticket = domain.DecisionChallenge, "enrolled", true
		v.Methods = c.methods()
	case required && (c.must || !t.now.Before(by)):
		v.Decision, v.Reason, v.Ticket, v.EnrollBy = domain.DecisionEnroll, "mandatory", true, by
		v.Methods = append(v.Methods, domain.MethodTOTP)
		if c.must {
			v.Reason = "reset"
		}
	case required:
		v.Decision, v.Reason, v.EnrollBy = domain.DecisionAllow, "grace_period", by
	default:
		v.Decision, v.Reason = domain.DecisionAllow, "not_enrolled"
	}
	return v
}

// requirement says whether a citizen must have a factor, and from when on.
func (t *town) requirement(c *citizen) (required bool, by time.Time) {
	switch {
	case !c.profile.Active || !c.local():
		return false, time.Time{}
	case !t.policy.Mandatory:
		return c.must, time.Time{}
	}
	by = t.policy.MandatorySince
	if c.createdAt.After(by) {
		by = c.createdAt
	}
	if !c.ever && !c.must {
		by = by.Add(t.policy.GracePeriod)
	}
	return true, by
}

// status is what lists show.
func (t *town) status(c *citizen) domain.TwoFactorStatus {
	required, by := t.requirement(c)
	s := domain.TwoFactorStatus{Enabled: c.enabled(), Proven: c.enabled(), Methods: c.methods(), Required: required}
	if !c.local() {
		s.ExemptReason = "auth_source"
	}
	if s.Enabled {
		s.RecoveryCodesRemaining = c.remaining()
	} else {
		s.EnrollBy = by
	}
	switch c.codeLane.refusal(t.now) {
	case domain.CodeLocked:
		s.LockedUntil = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	case domain.CodeTooManyAttempts:
		s.LockedUntil = c.codeLane.at.Add(c.codeLane.length)
	}
	return s
}
