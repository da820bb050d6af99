package domain

import (
	"slices"
	"time"
)

// MandatoryMethods says which factors meet a mandate.
type MandatoryMethods string

// What a mandate may demand.
const (
	MethodsAny               MandatoryMethods = "any"                // any factor
	MethodsPhishingResistant MandatoryMethods = "phishing_resistant" // a passkey, bound to the tenant's relying party id
)

// Mandate says whom a policy obliges, and to what: the parameters of a preview.
type Mandate struct {
	Roles   []Role // by rank, none twice; empty: all
	Methods MandatoryMethods
	RPID    string // of the passkeys that count
}

// NewMandate returns the mandate in the one form in which two are compared: all
// roles are none.
func NewMandate(roles []Role, methods MandatoryMethods, rpID string) Mandate {
	roles = slices.Clone(roles)
	slices.SortFunc(roles, func(a, b Role) int { return a.Rank() - b.Rank() })
	if roles = slices.Compact(roles); len(roles) == 0 || len(roles) == len(AllRoles()) {
		roles = nil
	}
	if methods == "" {
		methods = MethodsAny
	}
	return Mandate{Roles: roles, Methods: methods, RPID: rpID}
}

// Includes reports whether the mandate is about users of this role.
func (m Mandate) Includes(r Role) bool { return len(m.Roles) == 0 || slices.Contains(m.Roles, r) }

// MetBy reports whether a user has what the mandate demands.
func (m Mandate) MetBy(u User) bool {
	if m.Methods == MethodsPhishingResistant {
		return u.Enabled() && slices.ContainsFunc(u.Factors, func(f Factor) bool { return f.BoundTo(m.RPID) })
	}
	return u.Enabled()
}

// Reached is when a mandate first covered a role, or a user: for any factor, and for
// passkeys.
// Zero: not yet.
type Reached struct{ Any, PhishingResistant time.Time }

// Demand is what a mandate asks of one user. The zero value asks nothing.
type Demand struct {
	Methods MandatoryMethods
	Met     bool
	// By is from when on it holds: whoever does not meet it by then is sent to enroll.
	By time.Time
}

// Holds reports whether the demand is in force at now.
func (d Demand) Holds(now time.Time) bool { return d.Methods != "" && !now.Before(d.By) }

// OnlyPasskeys reports whether no other proof than a passkey is accepted of the user
// now, but to enroll one.
func (d Demand) OnlyPasskeys(now time.Time) bool {
	return d.Methods == MethodsPhishingResistant && d.Holds(now)
}

// Accepts reports whether a factor of this kind may be begun: whoever is sent to
// enroll enrolls what meets the demand.
func (d Demand) Accepts(t FactorType, now time.Time) bool {
	return d.Met || !d.OnlyPasskeys(now) || t == FactorPasskey
}

// DemandOn is pure: it says what the tenant's mandate asks of a user now. Nothing is
// asked of whom it does not cover, nor of whom an exemption releases: that is who does
// not meet it.
func DemandOn(u User, t Tenant, now time.Time) Demand {
	m := t.Mandate()
	met := m.MetBy(u)
	if u.TakesPart() != nil || !t.Policy.Covers(u.Role) || !met && u.Exemption.Holds(now) {
		return Demand{}
	}
	d := Demand{Methods: m.Methods, Met: met}
	since, ahead := reachedAt(u, t.Policy, now)
	d.By = later(since, t.Policy.MandatoryFrom)
	if !ahead && graceFor(u, d) {
		d.By = d.By.Add(t.Policy.GracePeriod)
	}
	return d
}

// graceFor reports whether a user has a grace period coming. It is granted once: to
// whoever never had what is asked for. Who meets the demand needs none.
func graceFor(u User, d Demand) bool {
	switch {
	case d.Met || u.MustEnroll:
		return false
	case u.Enabled():
		return !u.HadPasskey
	}
	return !u.EverEnrolled
}

// reachedAt is when the mandate reached the user: role by role, and no earlier than
// there was a user. Whoever has a factor is reached by a demand for passkeys alone
// when that comes; whoever has none was reached by the first demand there was. Of a
// clock that ran ahead the time is now, and the second result true.
func reachedAt(u User, p Policy, now time.Time) (since time.Time, ahead bool) {
	own, role := u.Covered.Any, p.Reached[u.Role].Any
	if p.MandatoryMethods == MethodsPhishingResistant && u.Enabled() {
		own, role = u.Covered.PhishingResistant, p.Reached[u.Role].PhishingResistant
	}
	if own.Before(p.MandatorySince) { // there is none, or of an earlier mandate
		own = later(role, u.CreatedAt)
	}
	since = later(own, p.MandatorySince)
	if since.After(now) {
		return now, true
	}
	return since, false
}

// CoverRole keeps, of a user whose role becomes another, when the mandate first reached
// them, if it did by now: neither to rise into a role that is covered, nor to come back
// to it, begins another grace period. A role that the mandate covers no longer counts
// too: it may cover it again.
func (u *User) CoverRole(next Role, p Policy, now time.Time) {
	reached := p.reach(p.MandatorySince)
	first := func(own, former, coming time.Time) time.Time {
		switch {
		case !own.Before(p.MandatorySince):
			return own
		case !former.IsZero():
			return later(former, u.CreatedAt)
		case !coming.IsZero():
			return now
		}
		return time.Time{}
	}
	u.Covered = Reached{
		Any:               first(u.Covered.Any, reached[u.Role].Any, reached[next].Any),
		PhishingResistant: first(u.Covered.PhishingResistant, reached[u.Role].PhishingResistant, reached[next].PhishingResistant),
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
