package domain

import (
	"slices"
	"time"
)

// Verdict is what the host must do now for a user.
type Verdict string

// The verdicts.
const (
	DecisionAllow     Verdict = "allow"
	DecisionChallenge Verdict = "challenge"
	DecisionEnroll    Verdict = "enroll"
	DecisionDeny      Verdict = "deny"
)

// DecisionReasons returns the reasons there can be for each verdict.
func DecisionReasons() map[Verdict][]string {
	return map[Verdict][]string{
		DecisionAllow:     {"exempt", "grace_period", "not_enrolled", "remembered_browser"},
		DecisionChallenge: {"enrolled"},
		DecisionEnroll:    {"mandatory", "reset"},
		DecisionDeny:      {"inactive"},
	}
}

// Decision is the verdict with its reason. The host shows EnrollBy to a user
// who may still put enrolling off.
type Decision struct {
	Decision               Verdict
	Reason                 string
	Methods                []Method
	EnrollBy               time.Time // zero: no mandate concerns the user
	RecoveryCodesRemaining int
	Ticket                 string // with challenge and enroll
	// RememberedBrowser is with the reason remembered_browser, where the browser is
	// to keep another secret from now on.
	RememberedBrowser *IssuedBrowser
	// RememberBrowserDays is for how many days a browser may be remembered that proves
	// what a challenge asks for, from 1 to [MaxRememberBrowserDays]; 0: the host offers
	// nothing of the kind.
	RememberBrowserDays int
}

// IssuedBrowser is what a host keeps in the cookie of a browser.
type IssuedBrowser struct {
	ID        string
	Secret    string
	ExpiresAt time.Time
}

// Remembered is the decision for a user whose browser is remembered: what would
// have been a challenge.
func (d Decision) Remembered(next *IssuedBrowser) Decision {
	d.Decision, d.Reason, d.RememberedBrowser = DecisionAllow, "remembered_browser", next
	return d
}

// Offering is the decision with what it lets the host offer. A challenge for an action
// offers nothing, since no browser approves one.
func (d Decision) Offering(u User, t Tenant, action string) Decision {
	if d.Decision == DecisionChallenge && action == "" && RemembersBrowsers(u, t) {
		d.RememberBrowserDays = t.Policy.RememberBrowserDays
	}
	return d
}

// Decide is pure: the same user, tenant and time give the same decision.
func Decide(u User, t Tenant, now time.Time) Decision {
	demand := DemandOn(u, t, now)
	d := Decision{Methods: []Method{}, EnrollBy: demand.enrollBy(), RecoveryCodesRemaining: u.RecoveryCodes.Remaining}
	switch {
	case !u.Active:
		d.Decision, d.Reason = DecisionDeny, "inactive"
	case u.AuthSource != AuthLocal:
		d.Decision, d.Reason, d.RecoveryCodesRemaining = DecisionAllow, "exempt", 0
	case u.MustEnroll && !u.Enabled():
		d.Decision, d.Reason, d.Methods = DecisionEnroll, "reset", t.enrollable(demand, now)
	case demand.Holds(now) && !demand.Met:
		d.Decision, d.Reason, d.Methods = DecisionEnroll, "mandatory", t.enrollable(demand, now)
	case u.Enabled():
		d.Decision, d.Reason, d.Methods = DecisionChallenge, "enrolled", methods(u, t, demand, now)
	case t.Policy.Covers(u.Role) && u.Exemption.Holds(now):
		d.Decision, d.Reason = DecisionAllow, "exempt"
	case demand.Methods == "":
		d.Decision, d.Reason = DecisionAllow, "not_enrolled"
	default:
		d.Decision, d.Reason = DecisionAllow, "grace_period"
	}
	return d
}

// enrollBy is what a user is told who does not meet the demand yet; zero: nothing.
func (d Demand) enrollBy() time.Time {
	if d.Met {
		return time.Time{}
	}
	return d.By
}

// enrollable are the methods of the factors that a user can begin to meet a demand.
func (t Tenant) enrollable(d Demand, now time.Time) []Method {
	switch {
	case d.OnlyPasskeys(now):
		return []Method{MethodPasskey}
	case !t.TakesPasskeys():
		return []Method{MethodTOTP}
	}
	return []Method{MethodTOTP, MethodPasskey}
}

// methods are those that the user can prove here, the one used last first: of each
// kind of active factor, but for those that only a later version evaluates, and
// passkeys that no browser offers the tenant any more. Where a passkey alone is
// accepted, and there is one, it is the only one.
func methods(u User, t Tenant, demand Demand, now time.Time) []Method {
	if demand.Met && demand.OnlyPasskeys(now) {
		return []Method{MethodPasskey}
	}
	active := u.ActiveFactors()
	slices.SortStableFunc(active, func(a, b Factor) int { return b.LastUsedAt.Compare(a.LastUsedAt) })
	found := []Method{}
	for _, f := range active {
		if f.Type == FactorPasskey && !f.BoundTo(t.RPID) {
			continue
		}
		if m, ok := methodOf(f.Type); ok && !slices.Contains(found, m) {
			found = append(found, m)
		}
	}
	if u.RecoveryCodes.Remaining > 0 {
		found = append(found, MethodRecoveryCode)
	}
	if u.AccessPass.Live(now) {
		found = append(found, MethodAccessPass)
	}
	return found
}
