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

// Charges is true: of a million codes three are right.
func (CodeClaim) Charges() bool { return true }

// Refusal is domain.ErrCodeInvalid.
func (CodeClaim) Refusal() *domain.Error { return domain.ErrCodeInvalid }

func (c CodeClaim) judge(secret []byte, f domain.TOTP, here Step) factor.Verdict {
	step, ok := Match(secret, c.Code, Window(here, f.Drift))
	switch {
	case !ok:
		return factor.Verdict{Why: factor.Wrong}
	case int64(step) <= f.LastStep:
		return factor.Verdict{Why: factor.AlreadyUsed}
	}
	return proven(spent(f, step, here))
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
func (c PairClaim) judge(secret []byte, f domain.TOTP, here Step) factor.Verdict {
	first, last, ok := c.match(secret, here)
	switch {
	case !ok:
		return factor.Verdict{Why: factor.Wrong}
	case int64(first) <= f.LastStep:
		return factor.Verdict{Why: factor.AlreadyUsed}
	}
	next := spent(f, last, here)
	timely := c.Confirms || slices.Contains(Window(here, f.Drift), last)
	if !timely {
		next.LastStep++
	}
	verdict := proven(next)
	verdict.Untimely = !timely
	verdict.DriftSteps = next.Drift
	verdict.NextCodeAt = Step(next.LastStep + 1 - int64(next.Drift)).Start()
	return verdict
}

// match returns the first and the last step that the codes prove. A policy may
// let one code confirm; that one has to be on time.
func (c PairClaim) match(secret []byte, here Step) (first, last Step, ok bool) {
	if len(c.Codes) == 1 {
		last, ok = Match(secret, c.Codes[0], Window(here, 0))
		return last, last, ok
	}
	last, ok = MatchPair(secret, c.Codes[0], c.Codes[1], here, MaxDrift)
	return last - 1, last, ok
}

// spent is f once the step is spent, with the drift that is learned from it. Within
// the window around the drifted time that is one step at most. A code of the
// window around the server's own time says that the device's clock is right: what
// was learned otherwise is forgotten at once, since as long as it stands a code is
// accepted that late.
func spent(f domain.TOTP, step, here Step) domain.TOTP {
	offset := int(step - here)
	f.LastStep = int64(step)
	f.Drift = clamp(offset, MaxDrift)
	return f
}

// clamp keeps n within ±limit.
func clamp(n, limit int) int { return max(-limit, min(n, limit)) }

// proven is the verdict that leaves a factor with next.
func proven(next domain.TOTP) factor.Verdict {
	return factor.Verdict{Proven: true, AMR: []string{"otp"}, Spend: func(f *domain.Factor) { f.TOTP = next }}
}
