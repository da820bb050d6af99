package proofs

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// factor is an active one; where there is none, the one that was there first.
func (g generator) factor() slot {
	if n := g.tracker.count(); n > 0 {
		return g.tracker.factors[g.r.IntN(n)]
	}
	return slot{number: 1}
}

// oldFactor is one that is, or was, there.
func (g generator) oldFactor() int { return 1 + g.r.IntN(max(1, g.registry.factors())) }

func (g generator) anyFactor() int {
	if g.tracker.pending.number > 0 && chance(g.r, 50) {
		return g.tracker.pending.number
	}
	return g.factor().number
}

// begin asks for a further device or a replacement, with a token or in vain.
func (g generator) begin() call {
	if g.registry.factors() >= mostNumber {
		return call{kind: getUser}
	}
	in := call{kind: begin, token: g.ownToken()}
	replacing := 25
	if in.token != 0 && g.registry.tokens.at(in.token).recovery {
		replacing = 65
	}
	if chance(g.r, replacing) && g.tracker.count() > 0 {
		in.replaces = g.factor().number
	}
	if chance(g.r, 15) {
		in.token = 0
	}
	return in
}

// lostFactor tries to confirm a pending factor that ended.
func (g generator) lostFactor() call {
	if g.tracker.lost == 0 {
		return call{kind: listFactors}
	}
	return g.pair(confirm, g.tracker.lost, g.here(g.tracker.lost)-reach+g.r.IntN(6))
}

// newProfile deactivates, or makes the user another's, or of another role.
func (g generator) newProfile() call {
	return call{kind: putUser, active: chance(g.r, 40), local: !chance(g.r, 25), manager: chance(g.r, 30)}
}

// managerDisable disables with a token that is new, or was tried before.
func (g generator) managerDisable() call { return g.byManager(disableByManager) }

// byManager is something that the token of somebody else allows.
func (g generator) byManager(k kind) call {
	if len(g.tracker.managerTokens) == 0 {
		return call{kind: getUser}
	}
	token := g.tracker.managerTokens[0]
	if len(g.tracker.managerTokens) > 1 {
		g.tracker.managerTokens = g.tracker.managerTokens[1:]
	}
	return call{kind: k, token: token}
}

// finish confirms what is pending, tries to, gives it up, or has it dropped.
func (g generator) finish() call {
	number := g.tracker.pending.number
	switch at := g.r.IntN(100); {
	case at < 5:
		return call{kind: removeFactor, factor: number}
	case at < 9:
		return g.newProfile()
	case at < 13 && g.tracker.count() > 0:
		return g.recoveryCode(recovery)
	case at < 35:
		return call{kind: confirm, factor: number, codes: []string{wrongCode(g.r), wrongCode(g.r)}}
	}
	return g.pair(confirm, number, g.here(number)-reach+g.r.IntN(6))
}

// rightCode is a code whose step is believed to be unspent and inside the window.
func (g generator) rightCode() call {
	f := g.factor()
	var unspent []int
	here := g.here(f.number)
	for _, centre := range []int{here + f.drift, here} {
		for step := centre - 1; step <= centre+1; step++ {
			if step > f.last {
				unspent = append(unspent, step)
			}
		}
	}
	switch {
	case len(unspent) == 0:
		return g.pair(resync, f.number, f.last+1)
	case chance(g.r, 80):
		return g.code(verify, f.number, unspent[0]) // the nearest, so that many are left
	}
	return g.code(verify, f.number, unspent[g.r.IntN(len(unspent))])
}

func (g generator) code(k kind, factor, step int) call {
	code := g.registry.code(factor, step)
	if code == "" {
		_, digits := g.registry.shape(factor)
		code = strings.Repeat("0", digits)
	}
	return call{kind: k, codes: []string{code}}
}

// wrongCode is right once in a while, which the model knows.
func wrongCode(r *rand.Rand) string { return fmt.Sprintf("%06d", r.IntN(1_000_000)) }

// anyWrongCode has six digits or eight, whatever the factors show.
func anyWrongCode(r *rand.Rand) string {
	if chance(r, 25) {
		return fmt.Sprintf("%08d", r.IntN(100_000_000))
	}
	return wrongCode(r)
}

// pair is two codes in a row; those that confirm have six digits, whatever the factor shows.
func (g generator) pair(k kind, factor, first int) call {
	in := call{kind: k, factor: factor}
	for step := first; step <= first+1; step++ {
		code := g.code(k, factor, step).codes[0]
		if k == confirm {
			code = code[:6]
		}
		in.codes = append(in.codes, code)
	}
	return in
}

// wrongPair is spent in whole or in part, reversed, gapped, twice the same, or out of reach.
func (g generator) wrongPair() call {
	f := g.factor()
	in := g.pair(resync, f.number, f.last+1)
	switch g.r.IntN(6) {
	case 0:
		return g.pair(resync, f.number, f.last-1)
	case 1:
		return g.pair(resync, f.number, f.last)
	case 2:
		in.codes[0], in.codes[1] = in.codes[1], in.codes[0]
	case 3:
		in.codes[1] = g.code(resync, f.number, f.last+3).codes[0]
	case 4:
		in.codes[1] = in.codes[0]
	default:
		return g.pair(resync, f.number, g.here(f.number)+g.registry.reach(f.number))
	}
	return in
}

// recoveryCode is a code of the present set mostly, unspent mostly.
func (g generator) recoveryCode(k kind) call {
	set := g.tracker.set
	if chance(g.r, 10) {
		set = g.oldFactor()
	}
	index := g.r.IntN(codesOfASet)
	for range 3 {
		if g.tracker.spent&(1<<index) != 0 {
			index = g.r.IntN(codesOfASet)
		}
	}
	return call{kind: k, set: set, index: index}
}
