package proofs

import (
	"fmt"
	"math/rand/v2"
)

// factor is an active one; where there is none, the one that was there first.
func (i inventor) factor() slot {
	if n := i.tracker.count(); n > 0 {
		return i.tracker.factors[i.r.IntN(n)]
	}
	return slot{number: 1}
}

// oldFactor is one that is, or was, there.
func (i inventor) oldFactor() int { return 1 + i.r.IntN(max(1, i.book.factors())) }

func (i inventor) anyFactor() int {
	if i.tracker.pending.number > 0 && chance(i.r, 50) {
		return i.tracker.pending.number
	}
	return i.factor().number
}

// begin asks for a further device or a replacement, with a token or in vain.
func (i inventor) begin() call {
	if i.book.factors() >= mostNumber {
		return call{kind: getUser}
	}
	in := call{kind: begin, token: i.ownToken()}
	replacing := 25
	if in.token != 0 && i.book.token(in.token).recovery {
		replacing = 65
	}
	if chance(i.r, replacing) && i.tracker.count() > 0 {
		in.replaces = i.factor().number
	}
	if chance(i.r, 15) {
		in.token = 0
	}
	return in
}

// lostFactor tries to confirm a pending factor that ended.
func (i inventor) lostFactor() call {
	if i.tracker.lost == 0 {
		return call{kind: listFactors}
	}
	return i.pair(confirm, i.tracker.lost, i.here-reach+i.r.IntN(6))
}

// newProfile deactivates, or makes the user another's, or of another role.
func (i inventor) newProfile() call {
	return call{kind: putUser, active: chance(i.r, 40), local: !chance(i.r, 25), manager: chance(i.r, 30)}
}

// overseer disables with a token that is new, or was tried before.
func (i inventor) overseer() call {
	if len(i.tracker.overseers) == 0 {
		return call{kind: getUser}
	}
	token := i.tracker.overseers[0]
	if len(i.tracker.overseers) > 1 {
		i.tracker.overseers = i.tracker.overseers[1:]
	}
	return call{kind: disableOverseer, token: token}
}

// finish confirms what is pending, tries to, gives it up, or has it dropped.
func (i inventor) finish() call {
	number := i.tracker.pending.number
	switch at := i.r.IntN(100); {
	case at < 5:
		return call{kind: removeFactor, factor: number}
	case at < 9:
		return i.newProfile()
	case at < 13 && i.tracker.count() > 0:
		return i.recoveryCode(recovery)
	case at < 35:
		return call{kind: confirm, factor: number, codes: []string{wrongCode(i.r), wrongCode(i.r)}}
	}
	return i.pair(confirm, number, i.here-reach+i.r.IntN(6))
}

// rightCode is a code whose step is believed to be unspent and inside the window.
func (i inventor) rightCode() call {
	f := i.factor()
	var unspent []int
	for _, centre := range []int{i.here + f.drift, i.here} {
		for step := centre - 1; step <= centre+1; step++ {
			if step > f.last {
				unspent = append(unspent, step)
			}
		}
	}
	switch {
	case len(unspent) == 0:
		return i.pair(resync, f.number, f.last+1)
	case chance(i.r, 80):
		return i.code(verify, f.number, unspent[0]) // the nearest, so that many are left
	}
	return i.code(verify, f.number, unspent[i.r.IntN(len(unspent))])
}

func (i inventor) code(k kind, factor, step int) call {
	code := i.book.code(factor, step)
	if code == "" {
		code = "000000"
	}
	return call{kind: k, codes: []string{code}}
}

// wrongCode is right once in a while, which the model knows.
func wrongCode(r *rand.Rand) string { return fmt.Sprintf("%06d", r.IntN(1_000_000)) }

func (i inventor) pair(k kind, factor, first int) call {
	return call{kind: k, factor: factor, codes: []string{
		i.code(k, factor, first).codes[0], i.code(k, factor, first+1).codes[0],
	}}
}

// wrongPair is spent in whole or in part, reversed, gapped, twice the same, or out of reach.
func (i inventor) wrongPair() call {
	f := i.factor()
	in := i.pair(resync, f.number, f.last+1)
	switch i.r.IntN(6) {
	case 0:
		return i.pair(resync, f.number, f.last-1)
	case 1:
		return i.pair(resync, f.number, f.last)
	case 2:
		in.codes[0], in.codes[1] = in.codes[1], in.codes[0]
	case 3:
		in.codes[1] = i.code(resync, f.number, f.last+3).codes[0]
	case 4:
		in.codes[1] = in.codes[0]
	default:
		return i.pair(resync, f.number, i.here+reach)
	}
	return in
}

// recoveryCode is a code of the present set mostly, unspent mostly.
func (i inventor) recoveryCode(k kind) call {
	set := i.tracker.set
	if chance(i.r, 10) {
		set = i.oldFactor()
	}
	index := i.r.IntN(codesOfASet)
	for range 3 {
		if i.tracker.spent&(1<<index) != 0 {
			index = i.r.IntN(codesOfASet)
		}
	}
	return call{kind: k, set: set, index: index}
}
