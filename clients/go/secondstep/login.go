package secondstep

import (
	countersign "github.com/countersign/countersign/clients/go"
)

// Login is somebody who passed the first factor, as the host's own session knows
// it; never what the browser sent says.
type Login struct {
	UserID string
	// SessionID names the host's session in tickets and step-up tokens, so that a
	// proof is good in the session it was made in alone. It is not the cookie's value,
	// with which whoever sees a token could open the session. Empty lets nobody in.
	SessionID string
	// FirstFactor is what was proven before; a password unless set.
	FirstFactor []countersign.FirstFactor
}

func (l Login) firstFactor() []countersign.FirstFactor {
	if len(l.FirstFactor) == 0 {
		return []countersign.FirstFactor{countersign.FirstFactorPwd}
	}
	return l.FirstFactor
}

// Passed is a login whose session may open.
type Passed struct {
	Login
	// Claims are those of the proof; nil where none was asked for.
	Claims *countersign.StepUpClaims
	// Decision is what asked for none; the zero one with Claims.
	Decision countersign.Decision
}

// Conflict is an error by which Open says no in words that the person is shown,
// as text.
type Conflict struct{ Message string }

// Error is the message.
func (c *Conflict) Error() string { return c.Message }
