package proofs

// prove decides a proof of an active local user: is it permitted, is the lane open, is it right, what then.
func (b *registry) prove(a account, in call, second int64) (account, answer) {
	if problem := a.permits(in); problem != "" {
		return a, refused(problem)
	}
	failures := &a.codeFailures
	if in.kind == recovery || in.kind == disableRecovery || in.kind == usePass {
		failures = &a.recoveryFailures
	}
	// A history is shorter than the first wait: a lane that closed stays so.
	if *failures >= freeFailures {
		return a, refused("too_many_attempts")
	}
	after, out, right := b.evaluate(a, in, second)
	if !right {
		*failures++
		return a, answer{problem: "code_invalid", waits: *failures == freeFailures}
	}
	switch in.kind {
	case confirm: // which forgets no failure
		return after.endGeneration().earn(in.earned), out
	case disable, disableRecovery:
		return after.disabled(), answer{}
	case recovery, usePass:
		after = after.endGeneration()
		after.recoveryFailures = 0
	}
	after.codeFailures = 0
	return after.earn(in.earned), out
}

func (a account) permits(in call) string {
	switch in.kind {
	case confirm:
		switch {
		case a.at(in.factor) != nil:
			return "factor_not_pending"
		case in.factor != a.pending.number:
			return "not_found"
		case a.enabled() && a.pending.token == 0:
			return "step_up_required"
		}
		return ""
	case resync:
		switch {
		case in.factor == a.pending.number:
			return "factor_not_active"
		case a.at(in.factor) == nil:
			return "not_found"
		}
		return ""
	}
	if !a.enabled() {
		return "not_enrolled"
	}
	return ""
}

// evaluate returns the state with the proof spent, and the answer, if it is right.
func (b *registry) evaluate(a account, in call, second int64) (account, answer, bool) {
	here, reach := b.here(in.factor, second), b.reach(in.factor)
	switch in.kind {
	case confirm:
		last, ok := b.matchPair(in.factor, in.codes, here)
		a, out := a.confirmed(slot{in.factor, last, clamp(last-here, reach), true})
		return a, out, ok
	case resync:
		last, ok := b.matchPair(in.factor, in.codes, here)
		ok = ok && last-1 > a.at(in.factor).last
		a, out := a.resynced(in.factor, last, here, reach)
		return a, out, ok
	case verify, disable:
		return b.evaluateCode(a, in.codes[0], second)
	}
	if in.kind == usePass {
		return a, answer{ofPassMethod: true, remaining: a.remaining()}, in.pass != 0 && in.pass == a.pass
	}
	bit := uint8(1) << in.index
	ok := in.set != 0 && in.set == a.set && a.spent&bit == 0
	a.spent |= bit
	return a, answer{ofRecoveryMethod: true, remaining: a.remaining()}, ok
}

// evaluateCode compares a code with every active factor, in its own steps. Should it be right for several, the last
// spends it.
func (b *registry) evaluateCode(a account, code string, second int64) (account, answer, bool) {
	var proven *slot
	var at int
	for i := range a.factors {
		f := &a.factors[i]
		if step, ok := b.match(f.number, code, b.here(f.number, second), f.drift); ok && step > f.last {
			proven, at = f, step
		}
	}
	if proven == nil {
		return a, answer{}, false
	}
	proven.last, proven.drift, proven.proven = at, clamp(at-b.here(proven.number, second), b.reach(proven.number)), true
	return a, answer{factor: proven.number, remaining: a.remaining()}, true
}

// resynced learns the drift. A pair outside the window of a single code may be old: it earns no token, and the step
// after it is spent with it.
func (a account) resynced(factor, last, here, reach int) (account, answer) {
	f := a.at(factor)
	far := !inWindow(last, here, f.drift)
	f.last, f.drift, f.proven = last, clamp(last-here, reach), true
	if far {
		f.last++
	}
	return a, answer{drift: f.drift, next: f.last + 1 - f.drift, unsigned: far}
}

// confirmed makes the pending factor count. A first one and a replacement come with new recovery codes; what is
// replaced is gone.
func (a account) confirmed(f slot) (account, answer) {
	out := answer{factor: f.number, next: f.last + 1 - f.drift}
	first, replaced := a.count() == 0, a.at(a.pending.replaces) != nil
	if replaced {
		a = a.without(a.pending.replaces)
	}
	a = a.with(f)
	a.pending = pending{}
	if first || replaced {
		a.set, a.spent = f.number, 0
		out.remaining = codesOfASet
	}
	return a, out
}

// match finds the greatest step of the window that has the code: a step to either side of the drifted time,
// and of the server's own.
func (b *registry) match(factor int, code string, here, drift int) (step int, ok bool) {
	for _, centre := range []int{here, here + drift} {
		for s := centre - 1; s <= centre+1; s++ {
			if b.code(factor, s) == code && (!ok || s > step) {
				step, ok = s, true
			}
		}
	}
	return step, ok
}

// inWindow reports whether a single code of the step would be looked at.
func inWindow(step, here, drift int) bool {
	return clamp(step-here, 1) == step-here || clamp(step-here-drift, 1) == step-here-drift
}

// matchPair finds the greatest two neighbouring steps within reach that have the codes, which differ.
func (b *registry) matchPair(factor int, codes []string, here int) (last int, ok bool) {
	if codes[0] == codes[1] {
		return 0, false
	}
	reach := b.reach(factor)
	for s := here - reach + 1; s <= here+reach; s++ {
		if b.code(factor, s-1) == codes[0] && b.code(factor, s) == codes[1] {
			last, ok = s, true
		}
	}
	return last, ok
}

func clamp(n, limit int) int { return max(-limit, min(n, limit)) }
