// Package totp computes and matches time-based one-time passwords (RFC 6238
// over RFC 4226): SHA-1, six digits, thirty seconds, the parameters that every
// authenticator app computes whatever the otpauth URI says.
//
// The package is pure. The time is an argument, nothing is remembered, and a
// match names the step it matched, because the caller must spend that step.
package totp

import (
	"slices"
	"time"
)

const (
	// Period is the length of a step, RFC 6238's X (section 4.1).
	Period = 30 * time.Second
	// Digits is the length of a code, RFC 4226's Digit (section 5.1).
	Digits = 6
	// MaxDrift bounds, in steps, how far a user's clock may be from the
	// server's: the reach of a resync (RFC 6238, section 6) and the limit of
	// the drift that Window believes.
	MaxDrift = 20
)

// Step is RFC 6238's T: the number of whole periods since the Unix epoch. It
// is 64 bits wide, so that it outlives 2038 (RFC 6238, section 4.2).
type Step int64

// StepAt returns the step that t lies in. Steps before the epoch are negative
// and have no code.
func StepAt(t time.Time) Step {
	seconds := t.Unix()
	period := int64(Period / time.Second)
	step := seconds / period
	if seconds%period < 0 {
		step--
	}
	return Step(step)
}

// Start returns the first instant of the step, in UTC. The step ends, and the
// next one begins, one Period later.
func (s Step) Start() time.Time {
	return time.Unix(int64(s)*int64(Period/time.Second), 0).UTC()
}

// Window returns the steps whose codes are accepted at now from a user whose
// clock is drift steps ahead (negative: behind). They are sorted, unique and at
// most six: one step to either side, for transmission delay (RFC 6238, section
// 5.2), around the drifted time and, where there is drift, around the server's
// own too, so that a phone whose clock is set right again is not locked out. A
// drift beyond MaxDrift counts as MaxDrift.
func Window(now Step, drift int) []Step {
	steps := make([]Step, 0, 6)
	steps = append(steps, now-1, now, now+1)
	if drift = max(-MaxDrift, min(drift, MaxDrift)); drift != 0 {
		centre := now + Step(drift)
		steps = append(steps, centre-1, centre, centre+1)
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}
