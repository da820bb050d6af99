package proofs

// holds reports whether a user's own token is worth something: no factor changed since it was earned.
func (b *book) holds(a account, token int) bool {
	return token != 0 && a.active && a.enabled() && b.earned(token) >= a.changed
}

// spendToken carries a change out, unless its token is spent.
func (a account) spendToken(token int, change func(account) (account, answer)) (account, answer) {
	if token == 0 {
		return change(a)
	}
	if a.tokens&(1<<token) != 0 {
		return a, refused("step_up_required")
	}
	a.tokens |= 1 << token
	return change(a)
}

// remove takes a factor away. An enrollment of somebody without a factor may be given up by anybody; failures
// stay counted.
func (b *book) remove(a account, in call, second int64) (account, answer) {
	isPending := in.factor == a.pending.number
	switch {
	case !isPending && a.at(in.factor) == nil:
		return a, refused("not_found")
	case isPending && !a.enabled():
		a.pending = pending{}
		return a, answer{}
	case in.token != 0 && !isPending && a.count() == 1 && !a.enabled():
		return a, refused("not_enrolled") // unless it is the token that is refused; see voidToken
	case !b.holds(a, in.token):
		return a, refused("step_up_required")
	}
	return a.spendToken(in.token, func(a account) (account, answer) {
		switch {
		case isPending:
			a.pending = pending{}
		case a.count() == 1:
			a = a.disabled(second)
		default:
			a = a.without(in.factor)
			a.changed = second
		}
		return a, answer{}
	})
}

func (b *book) disableOwn(a account, in call, second int64) (account, answer) {
	switch {
	case in.token == 0:
		return a, refused("step_up_required")
	case !a.enabled():
		return a, refused("not_enrolled")
	case !b.holds(a, in.token):
		return a, refused("step_up_required")
	}
	return a.spendToken(in.token, func(a account) (account, answer) { return a.disabled(second), answer{} })
}

// disabled is what a disable leaves.
func (a account) disabled(second int64) account {
	return account{active: a.active, local: a.local, changed: second, begun: a.begun, tokens: a.tokens}
}
