package totp

import (
	"slices"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// CodeClaim is one code.
type CodeClaim struct{ Code Code }

// Type is domain.FactorTOTP.
func (CodeClaim) Type() domain.FactorType { return domain.FactorTOTP }

// Charges is true: of a million short codes three are right.
func (CodeClaim) Charges() bool { return true }

// Refusal is domain.ErrCodeInvalid.
func (CodeClaim) Refusal() *domain.Error { return domain.ErrCodeInvalid }

func (c CodeClaim) judge(d device) factor.Verdict {
	step, ok := d.Match(d.secret, c.Code, d.window())
	switch {
	case !ok:
		return factor.Verdict{Why: factor.Wrong}
	case int64(step) <= d.state.LastStep:
		return factor.Verdict{Why: factor.AlreadyUsed}
	}
	return proven(d.spent(step))
}

// PairClaim is codes for consecutive steps of one factor, which may be far off the
// server's clock: that is how a drifting clock is learned (RFC 6238, section 6)
// and how a pending factor is proven.
type PairClaim struct {
	Codes []Code
	// Confirms: the factor is pending.
	Confirms bool
}

// Type is domain.FactorTOTP.
func (PairClaim) Type() domain.FactorType { return domain.FactorTOTP }

// Charges is true, as it is of a [CodeClaim].
func (PairClaim) Charges() bool { return true }

// Refusal is domain.ErrCodeInvalid.
func (PairClaim) Refusal() *domain.Error { return domain.ErrCodeInvalid }

// judge accepts a pair outside the window of a single code as proof of who holds
// the device. It may be ten minutes old: it earns no token, and spends the step
// after it too, so that a third code harvested with it does not log in either.
func (c PairClaim) judge(d device) factor.Verdict {
	first, last, ok := c.match(d)
	switch {
	case !ok:
		return factor.Verdict{Why: factor.Wrong}
	case int64(first) <= d.state.LastStep:
		return factor.Verdict{Why: factor.AlreadyUsed}
	}
	next := d.spent(last)
	timely := c.Confirms || slices.Contains(d.window(), last)
	if !timely {
		next.LastStep++
	}
	verdict := proven(next)
	verdict.Untimely = !timely
	verdict.DriftSteps = next.Drift
	verdict.NextCodeAt = d.Start(Step(next.LastStep + 1 - int64(next.Drift)))
	return verdict
}

// match returns the first and the last step that the codes prove. A policy may
// let one code confirm; that one has to be on time.
func (c PairClaim) match(d device) (first, last Step, ok bool) {
	if len(c.Codes) == 1 {
		last, ok = d.Match(d.secret, c.Codes[0], d.Window(d.here, 0))
		return last, last, ok
	}
	last, ok = d.MatchPair(d.secret, c.Codes[0], c.Codes[1], d.here)
	return last - 1, last, ok
}

// device is a factor as a claim is evaluated against it: opened, and in steps of its
// own period.
type device struct {
	Parameters
	secret []byte
	state  domain.TOTP
	here   Step // by the server's clock
}

func (d device) window() []Step { return d.Window(d.here, d.state.Drift) }

// spent is the state once the step is spent, with the drift that is learned from it.
// Within the window around the drifted time that is one step at most. A code of the
// window around the server's own time says that the device's clock is right: what
// was learned otherwise is forgotten at once, since as long as it stands a code is
// accepted that late.
func (d device) spent(step Step) domain.TOTP {
	f, offset := d.state, int(step-d.here)
	f.LastStep = int64(step)
	f.Drift = clamp(offset, d.MaxDrift())
	return f
}

// proven is the verdict that leaves a factor with next.
func proven(next domain.TOTP) factor.Verdict {
	return factor.Verdict{Proven: true, AMR: []string{"otp"}, Spend: func(f *domain.Factor) { f.TOTP = next }}
}
