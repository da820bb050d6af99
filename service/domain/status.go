package domain

import (
	"slices"
	"time"
)

// TwoFactorStatus is a user's second factor as lists and front ends show it.
// Zero times mean never or none.
type TwoFactorStatus struct {
	Enabled                bool
	Proven                 bool // an active factor was proven here at least once
	Methods                []Method
	Required               bool
	ExemptReason           string    // "auth_source", "exempted", or empty
	ExemptUntil            time.Time // of "exempted"
	EnrollBy               time.Time
	EnabledAt              time.Time
	LastVerifiedAt         time.Time
	RecoveryCodesRemaining int
	LockedUntil            time.Time
}

// lockedForGood stands for a lane that only a recovery code or an administrator
// opens again.
var lockedForGood = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// StatusOf is pure, as [Decide] is.
func StatusOf(u User, t Tenant, now time.Time) TwoFactorStatus {
	demand := DemandOn(u, t, now)
	st := TwoFactorStatus{
		Enabled: u.Enabled(), Methods: []Method{}, LastVerifiedAt: u.LastVerifiedAt, EnrollBy: demand.enrollBy(),
		Required: demand.Methods != "" || u.MustEnroll && u.TakesPart() == nil,
	}
	switch {
	case u.AuthSource != AuthLocal:
		st.ExemptReason = "auth_source"
	case u.Exemption.Holds(now):
		st.ExemptReason, st.ExemptUntil = "exempted", u.Exemption.Until
	}
	if st.Enabled {
		st.Proven, st.Methods = slices.ContainsFunc(u.ActiveFactors(), Factor.Proven), methods(u, t, demand, now)
		st.EnabledAt, st.RecoveryCodesRemaining = u.EnabledAt, u.RecoveryCodes.Remaining
	}
	if u.CodeLane.Closed() {
		st.LockedUntil = lockedForGood
	} else if wait := u.CodeLane.Wait(now); wait > 0 {
		st.LockedUntil = now.Add(wait)
	}
	return st
}
