// Package totp computes and matches time-based one-time passwords (RFC 6238 over
// RFC 4226). What is enrolled here has the parameters that every authenticator app
// computes: SHA-1, six digits, thirty seconds. Factors that come from elsewhere,
// hardware tokens among them, keep theirs: SHA-256 or SHA-512, eight digits,
// periods from 15 to 120 seconds.
//
// The package is pure. The time is an argument, nothing is remembered, and a
// match names the step it matched, because the caller must spend that step.
package totp

import (
	"slices"
	"time"
)

// Step is RFC 6238's T: the number of whole periods of a factor since the Unix
// epoch. It is 64 bits wide, so that it outlives 2038 (RFC 6238, section 4.2).
type Step int64

// StepAt returns the step that t lies in. Steps before the epoch are negative
// and have no code.
func (p Parameters) StepAt(t time.Time) Step {
	seconds := t.Unix()
	period := int64(p.Period / time.Second)
	step := seconds / period
	if seconds%period < 0 {
		step--
	}
	return Step(step)
}

// Start returns the first instant of the step, in UTC. The step ends, and the
// next one begins, one period later.
func (p Parameters) Start(s Step) time.Time {
	return time.Unix(int64(s)*int64(p.Period/time.Second), 0).UTC()
}

// Window returns the steps whose codes are accepted at now from a user whose
// clock is drift steps ahead (negative: behind). They are sorted, unique and at
// most six: one step to either side, for transmission delay (RFC 6238, section
// 5.2), around the drifted time and, where there is drift, around the server's
// own too, so that a phone whose clock is set right again is not locked out. A
// drift beyond MaxDrift counts as MaxDrift.
func (p Parameters) Window(now Step, drift int) []Step {
	steps := make([]Step, 0, 6)
	steps = append(steps, now-1, now, now+1)
	if drift = clamp(drift, p.MaxDrift()); drift != 0 {
		centre := now + Step(drift)
		steps = append(steps, centre-1, centre, centre+1)
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}

// clamp keeps n within ±limit.
func clamp(n, limit int) int { return max(-limit, min(n, limit)) }
