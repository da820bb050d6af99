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

// StatusOf is pure, as [Decide] is.
func StatusOf(u User, t Tenant, now time.Time) TwoFactorStatus {
	required, enrollBy := requirement(u, t.Policy, now)
	st := TwoFactorStatus{
		Enabled: u.Enabled(), Methods: []Method{}, Required: required, LastVerifiedAt: u.LastVerifiedAt,
	}
	if u.AuthSource != AuthLocal {
		st.ExemptReason = "auth_source"
	}
	if st.Enabled {
		st.Proven, st.Methods = slices.ContainsFunc(u.ActiveFactors(), Factor.Proven), methods(u, t, now)
		st.EnabledAt, st.RecoveryCodesRemaining = u.EnabledAt, u.RecoveryCodes.Remaining
	} else {
		st.EnrollBy = enrollBy
	}
	if u.CodeLane.Closed() {
		st.LockedUntil = lockedForGood
	} else if wait := u.CodeLane.Wait(now); wait > 0 {
		st.LockedUntil = now.Add(wait)
	}
	return st
}
