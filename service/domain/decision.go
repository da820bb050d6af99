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

// Decide is pure: the same user, tenant and time give the same decision.
func Decide(u User, t Tenant, now time.Time) Decision {
	required, enrollBy := requirement(u, t.Policy, now)
	d := Decision{Methods: []Method{}, EnrollBy: enrollBy, RecoveryCodesRemaining: u.RecoveryCodes.Remaining}
	switch {
	case !u.Active:
		d.Decision, d.Reason = DecisionDeny, "inactive"
	case u.AuthSource != AuthLocal:
		d.Decision, d.Reason, d.RecoveryCodesRemaining = DecisionAllow, "exempt", 0
	case u.Enabled():
		d.Decision, d.Reason, d.Methods, d.EnrollBy = DecisionChallenge, "enrolled", methods(u, t), time.Time{}
	case u.MustEnroll:
		d.Decision, d.Reason, d.Methods = DecisionEnroll, "reset", t.enrollable()
	case !required:
		d.Decision, d.Reason = DecisionAllow, "not_enrolled"
	case now.Before(enrollBy):
		d.Decision, d.Reason = DecisionAllow, "grace_period"
	default:
		d.Decision, d.Reason, d.Methods = DecisionEnroll, "mandatory", t.enrollable()
	}
	return d
}

// enrollable are the methods of the factors that a user can begin.
func (t Tenant) enrollable() []Method {
	if t.RPID == "" {
		return []Method{MethodTOTP}
	}
	return []Method{MethodTOTP, MethodPasskey}
}

// methods are those that the user can prove here, the one used last first: of each
// kind of active factor, but for those that only a later version evaluates, and
// passkeys that no browser offers the tenant any more.
func methods(u User, t Tenant) []Method {
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
	return found
}

// requirement reports whether the user must have a factor, and since when. The
// grace period is granted once: to those who never had a factor, from the day
// the mandate reached them.
func requirement(u User, p Policy, now time.Time) (required bool, enrollBy time.Time) {
	if !u.Active || u.AuthSource != AuthLocal {
		return false, time.Time{}
	}
	if !p.Mandatory {
		return u.MustEnroll, time.Time{}
	}
	since := p.MandatorySince
	if u.CreatedAt.After(since) {
		since = u.CreatedAt
	}
	if since.After(now) || u.EverEnrolled || u.MustEnroll { // a clock that ran ahead grants no delay
		return true, earlier(since, now)
	}
	return true, since.Add(p.GracePeriod)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
