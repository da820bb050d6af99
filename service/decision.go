package service

import (
	"context"
	"slices"
	"time"

	"github.com/countersign/countersign/service/stepup"
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
		DecisionAllow:     {"exempt", "grace_period", "not_enrolled"},
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
}

// decide is pure: the same user, policy and time give the same decision.
func decide(u User, p Policy, now time.Time) Decision {
	required, enrollBy := requirement(u, p, now)
	d := Decision{Methods: []Method{}, EnrollBy: enrollBy, RecoveryCodesRemaining: u.RecoveryCodes.Remaining}
	switch {
	case !u.Active:
		d.Decision, d.Reason = DecisionDeny, "inactive"
	case u.AuthSource != AuthLocal:
		d.Decision, d.Reason, d.RecoveryCodesRemaining = DecisionAllow, "exempt", 0
	case u.Enabled():
		d.Decision, d.Reason, d.Methods, d.EnrollBy = DecisionChallenge, "enrolled", methods(u), time.Time{}
	case u.MustEnroll:
		d.Decision, d.Reason, d.Methods = DecisionEnroll, "reset", []Method{MethodTOTP}
	case !required:
		d.Decision, d.Reason = DecisionAllow, "not_enrolled"
	case now.Before(enrollBy):
		d.Decision, d.Reason = DecisionAllow, "grace_period"
	default:
		d.Decision, d.Reason, d.Methods = DecisionEnroll, "mandatory", []Method{MethodTOTP}
	}
	return d
}

func methods(u User) []Method {
	if u.RecoveryCodes.Remaining == 0 {
		return []Method{MethodTOTP}
	}
	return []Method{MethodTOTP, MethodRecoveryCode}
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

// TwoFactorStatus is a user's second factor as lists and front ends show it.
// Zero times mean never or none.
type TwoFactorStatus struct {
	Enabled                bool
	Proven                 bool // an active factor was proven here at least once
	Methods                []Method
	Required               bool
	ExemptReason           string // "auth_source", or empty
	EnrollBy               time.Time
	EnabledAt              time.Time
	LastVerifiedAt         time.Time
	RecoveryCodesRemaining int
	LockedUntil            time.Time
}

// lockedForGood stands for a lane that only a recovery code or an administrator
// opens again.
var lockedForGood = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

func status(u User, p Policy, now time.Time) TwoFactorStatus {
	required, enrollBy := requirement(u, p, now)
	st := TwoFactorStatus{
		Enabled: u.Enabled(), Methods: []Method{}, Required: required, LastVerifiedAt: u.LastVerifiedAt,
	}
	if u.AuthSource != AuthLocal {
		st.ExemptReason = "auth_source"
	}
	if st.Enabled {
		st.Proven, st.Methods = slices.ContainsFunc(u.activeFactors(), Factor.Proven), methods(u)
		st.EnabledAt, st.RecoveryCodesRemaining = u.EnabledAt, u.RecoveryCodes.Remaining
	} else {
		st.EnrollBy = enrollBy
	}
	if u.CodeLane.closed() {
		st.LockedUntil = lockedForGood
	} else if wait := u.CodeLane.wait(now); wait > 0 {
		st.LockedUntil = now.Add(wait)
	}
	return st
}

// DecideInput asks what to do with a user who passed the first factor.
type DecideInput struct {
	UserID      string
	Action      string
	SessionID   string
	FirstFactor []string
}

// Decide says what the host must do now, and gives the login ticket along when
// the browser has something to do: a login is one call of the host and one of
// the browser. It writes nothing, however often it is asked.
func (s *Service) Decide(ctx context.Context, c Caller, in DecideInput) (Decision, error) {
	if err := s.authorize(ctx, c, OpDecide, in.UserID); err != nil {
		return Decision{}, err
	}
	d, err := s.deliberate(ctx, c, in.UserID)
	if err != nil {
		return Decision{}, err
	}
	decision := decide(d.user, d.tenant.Policy, d.now)
	s.observer.DecisionGiven(decision.Decision, decision.Reason)
	if decision.Decision != DecisionChallenge && decision.Decision != DecisionEnroll {
		return decision, nil
	}
	issued, err := s.sign(ctx, s.newTicket(d, stepup.Ticket{
		Purpose: stepup.PurposeLogin, SessionID: in.SessionID, Action: in.Action, FirstFactor: in.FirstFactor,
	}))
	decision.Ticket = issued.Text
	return decision, err
}
