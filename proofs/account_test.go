package proofs

import (
	"math/bits"
	"slices"
)

// account is the state of the model: one user's second factor, as far as answers show it. Steps are relative
// to the registry's base.
type account struct {
	active, local    bool
	manager          bool
	factors          [mostFactors]slot // the active ones, oldest first
	pending          pending
	set              int // factor whose confirm gave the recovery codes
	spent            uint8
	codeFailures     int
	recoveryFailures int
	pass             int    // the live access pass, by its number; unseen: one that nobody was shown; 0: none
	begun            uint64 // factors that were ever shown
	held             uint64 // the user's own step-up tokens of the present generation
	tokens           uint64 // step-up tokens that were spent
	tickets          uint64 // those issued since the user was deactivated last
}

// slot is an active factor; number 0: none.
type slot struct {
	number, last, drift int
	proven              bool // a proof made with it was accepted
}

// pending is an unfinished enrollment; number 0: none. Starter is who began it: a session of the host by its
// number, or byKey.
type pending struct{ number, replaces, token, starter int }

const byKey = -1

// starter is who begins an enrollment by this call.
func (in call) starter() int {
	if in.ticket == 0 {
		return byKey
	}
	return in.session
}

// The rules as the design states them, not as the service has them.
const (
	freeFailures = 5
	reach        = 20 // of a resync, and of drift, in steps of what is enrolled
	plainPeriod  = 30 // seconds, of what is enrolled
	codesOfASet  = 8
	mostFactors  = 5

	unseen = -1 // number of a factor, or an access pass, that no answer has shown yet
)

func (a account) enabled() bool { return a.local && a.factors[0].number != 0 }

// at finds an active factor.
func (a *account) at(number int) *slot {
	for i := range a.factors {
		if number != 0 && a.factors[i].number == number {
			return &a.factors[i]
		}
	}
	return nil
}

func (a account) count() (n int) {
	for _, f := range a.factors {
		if f.number != 0 {
			n++
		}
	}
	return n
}

func (a account) with(f slot) account {
	a.factors[a.count()] = f
	return a
}

// without closes the gap that a factor leaves.
func (a account) without(number int) account {
	kept := [mostFactors]slot{}
	n := 0
	for _, f := range a.factors {
		if f.number != number {
			kept[n] = f
			n++
		}
	}
	a.factors = kept
	return a
}

func (a account) view() answer {
	v := answer{
		active: a.active, local: a.local, manager: a.manager,
		enabled: a.enabled(), locked: a.codeFailures >= freeFailures,
	}
	if v.enabled {
		v.remaining, v.hasPass = a.remaining(), a.pass != 0
		v.proven = slices.ContainsFunc(a.factors[:], func(f slot) bool { return f.proven })
	}
	return v
}

func (a account) remaining() int { return codesOfASet - bits.OnesCount8(a.spent) }

func (a account) list() answer {
	l := answer{pending: a.pending.number}
	for i, f := range a.factors {
		l.listed[i] = listed{f.number, f.drift}
	}
	return l
}

// begin makes a pending factor, or shows the one there is to whoever began it. Who has a factor needs a token of
// their own, and one that a recovery code earned begins a replacement only.
func (b *registry) begin(a account, in call) (account, answer) {
	p := pending{replaces: in.replaces, starter: in.starter()}
	switch {
	case a.pending.number != 0 && a.pending.starter == p.starter && a.pending.replaces == p.replaces:
		a = a.shown(in.factor)
		return a, answer{pending: a.pending.number}
	case !a.enabled():
		return a.newPending(p, in)
	case !b.mayUse(a, in) || in.replaces == 0 && b.tokens.at(in.token).recovery:
		return a, refused("step_up_required")
	}
	p.token = in.token
	return a.newPending(p, in)
}

func (a account) newPending(p pending, in call) (account, answer) {
	switch {
	case p.replaces != 0 && a.at(p.replaces) == nil:
		return a, refused("not_found")
	case p.replaces == 0 && a.count() == mostFactors:
		return a, refused("factor_limit_reached")
	}
	return a.spendToken(p.token, func(a account) (account, answer) {
		p.number = unseen
		a.pending = p
		a = a.shown(in.factor)
		return a, answer{pending: a.pending.number}
	})
}

// shown gives a pending factor that no answer has shown yet its number, if that one is new.
func (a account) shown(number int) account {
	if a.pending.number == unseen && number != 0 && a.begun&(1<<number) == 0 {
		a.pending.number = number
		a.begun |= 1 << number
	}
	return a
}
