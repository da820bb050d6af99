package proofs

// put makes the profile what the host says. Who was deactivated, changed the role or the auth source proves again;
// the tickets of before a deactivation are dead for good.
func (a account) put(in call) account {
	if a.active == in.active && a.local == in.local && a.manager == in.manager {
		return a
	}
	if a.active && !in.active {
		a.tickets = 0
	}
	a.active, a.local, a.manager = in.active, in.local, in.manager
	return a.endGeneration()
}

// endGeneration makes void what rests on the proofs given so far.
func (a account) endGeneration() account {
	a.held, a.pending, a.pass = 0, pending{}, 0
	return a
}

func (a account) issue(in call) (account, answer) {
	if !a.active {
		return a, refused("user_inactive")
	}
	if in.issued != 0 {
		a.tickets |= 1 << in.issued
	}
	return a, answer{}
}

// admits refuses the tickets of somebody inactive, and those issued before that.
func (a account) admits(ticket int) (problem string) {
	switch {
	case ticket == 0:
		return ""
	case !a.active:
		return "user_inactive"
	case a.tickets&(1<<ticket) == 0:
		return "credential_invalid"
	}
	return ""
}
