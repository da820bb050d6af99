package domain

import "time"

// The limits on guessing. NIST SP 800-63B-4, section 3.2.2, allows at most 100
// consecutive failures; 20 guesses at three steps each succeed with a chance of
// 6 in 100,000.
const (
	freeFailures = 5                // the 5th consecutive failure begins the first wait
	hardCap      = 20               // from here the lane stays closed
	firstWait    = 30 * time.Second // doubling with every further failure
	longestWait  = time.Hour
)

// Lane counts the consecutive failures of one user with one kind of proof. A
// wait is kept as start and length, so that a clock that was wrong when it
// began cannot make it longer than it was meant to be.
type Lane struct {
	Failures  int
	LockedAt  time.Time // start of the wait; zero: none
	LockedFor time.Duration
}

// Closed reports whether the hard cap is reached.
func (l Lane) Closed() bool { return l.Failures >= hardCap }

// Wait returns how much of the wait remains, never more than its length.
func (l Lane) Wait(now time.Time) time.Duration {
	if l.LockedAt.IsZero() {
		return 0
	}
	return min(l.LockedFor, max(0, l.LockedAt.Add(l.LockedFor).Sub(now)))
}

// StartsInFuture reports that the clock was set back since the wait began.
func (l Lane) StartsInFuture(now time.Time) bool { return l.LockedAt.After(now) }

// Fail counts one failure and reports whether it closed the lane for a while
// or for good.
func (l *Lane) Fail(now time.Time) (locked bool) {
	l.Failures++
	if l.Failures < freeFailures {
		return false
	}
	l.LockedAt = now
	l.LockedFor = longestWait
	if doublings := l.Failures - freeFailures; doublings < 7 { // 30 s * 2^7 > 1 h
		l.LockedFor = min(firstWait<<doublings, longestWait)
	}
	return true
}

// Clear forgets all failures.
func (l *Lane) Clear() { *l = Lane{} }

// ClearByCode is what a right code, or two for a resync, is worth: it clears its
// own lane, and opens the other one if that was closed for good. A wait there
// goes on.
func (u *User) ClearByCode() {
	u.CodeLane.Clear()
	if u.RecoveryLane.Closed() {
		u.RecoveryLane.Clear()
	}
}
