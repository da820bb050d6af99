package proofs

// mayUse reports whether the user's own token allows the call: it is of the present generation, of no other action,
// of no other session than a ticket's, and of an access pass for an enrollment alone.
func (b *registry) mayUse(a account, in call) bool {
	if !a.holds(in.token) {
		return false
	}
	t := b.tokens.at(in.token)
	return (!t.pass || in.kind == begin) && (t.action == "" || t.action == operation[in.kind]) && (in.ticket == 0 || t.session == in.session)
}

// operation names what a token is good for, where it names anything.
var operation = map[kind]string{begin: "enroll", removeFactor: "remove_factor", disableOwn: "disable"}

// holds reports whether a user's own token is worth something: it is of the present generation.
func (a account) holds(token int) bool {
	return token != 0 && a.active && a.enabled() && a.held&(1<<token) != 0
}

// earn keeps the token that a right proof earned.
func (a account) earn(token int) account {
	if token != 0 {
		a.held |= 1 << token
	}
	return a
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
func (b *registry) remove(a account, in call) (account, answer) {
	isPending := in.factor == a.pending.number
	switch {
	case !isPending && a.at(in.factor) == nil:
		return a, refused("not_found")
	case isPending && !a.enabled():
		a.pending = pending{}
		return a, answer{}
	case in.ticket != 0 && !isPending && a.count() == 1 && !a.enabled():
		return a, refused("not_enrolled")
	case !b.mayUse(a, in):
		return a, refused("step_up_required")
	}
	return a.spendToken(in.token, func(a account) (account, answer) {
		switch {
		case isPending:
			a.pending = pending{}
		case a.count() == 1:
			a = a.disabled()
		default:
			a = a.without(in.factor).endGeneration()
		}
		return a, answer{}
	})
}

func (b *registry) disableOwn(a account, in call) (account, answer) {
	switch {
	case in.ticket != 0 && !a.enabled():
		return a, refused("not_enrolled")
	case !b.mayUse(a, in):
		return a, refused("step_up_required")
	}
	return a.spendToken(in.token, func(a account) (account, answer) { return a.disabled(), answer{} })
}

// consume spends a token for the host.
func (b *registry) consume(a account, in call) (account, answer) {
	problem := a.admits(in.ticket)
	switch {
	case in.ticket != 0 && b.tokens.at(in.token).session != in.session:
		return a, refused("token_invalid")
	case problem != "":
		return a, refused(problem)
	case !a.holds(in.token):
		return a, refused("token_invalid")
	case a.tokens&(1<<in.token) != 0:
		return a, refused("token_consumed")
	}
	a.tokens |= 1 << in.token
	return a, answer{}
}

// disabled is what a disable leaves.
func (a account) disabled() account {
	return account{
		active: a.active, local: a.local, manager: a.manager, begun: a.begun, tokens: a.tokens, tickets: a.tickets,
	}
}
