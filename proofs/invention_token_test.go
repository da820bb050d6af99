package proofs

// ownToken is one that the user earned, lately mostly, spent or void perhaps; 0: there is none.
func (i inventor) ownToken() int {
	n := len(i.tracker.own)
	if n == 0 {
		return 0
	}
	fresh := n - i.tracker.stale
	switch {
	case chance(i.r, 20):
		return i.tracker.own[i.r.IntN(n)]
	case fresh > 0:
		return i.tracker.own[n-1-i.r.IntN(min(fresh, 3))]
	}
	return i.tracker.own[n-1-i.r.IntN(min(n, 3))]
}

// ofToken asks about a token, or spends it.
func (i inventor) ofToken(k kind) call {
	if token := i.ownToken(); token != 0 {
		return call{kind: k, token: token}
	}
	return call{kind: listFactors}
}

// staleToken tries a token that the end of its generation made void.
func (i inventor) staleToken() call {
	n := i.tracker.stale
	if n == 0 {
		return call{kind: listFactors}
	}
	in := call{kind: disableOwn, token: i.tracker.own[n-1-i.r.IntN(min(n, 8))]}
	switch i.r.IntN(3) {
	case 0:
		in.kind, in.factor = removeFactor, i.anyFactor()
	case 1:
		in.kind = begin
	}
	return in
}

func (i inventor) newTicket() call { return call{kind: issueTicket, session: i.r.IntN(sessions + 1)} }

// sessions of the host that a user has.
const sessions = 2

// byTicket lets some calls be made by a ticket, and others name a session or what they are for.
func (i inventor) byTicket(in call) call {
	switch in.kind {
	case putUser, issueTicket, introspect, disableOverseer:
		return in
	}
	often := 25
	if in.kind == begin {
		often = 50 // whoever begins another one ends what is pending
	}
	switch {
	case chance(i.r, 3) && len(i.tracker.dead) > 0:
		in.ticket = i.tracker.dead[i.r.IntN(len(i.tracker.dead))]
	case chance(i.r, often) && len(i.tracker.tickets) > 0:
		in.ticket = i.ticketFor(in)
	}
	if in.ticket != 0 {
		in.session = i.book.ticket(in.ticket).session
	}
	if len(in.codes) == 0 && in.kind != recovery || in.kind == disable {
		return in
	}
	if in.ticket == 0 && chance(i.r, 25) {
		in.session = 1 + i.r.IntN(sessions)
	}
	if chance(i.r, 20) {
		in.action = []string{"enroll", "remove_factor", "disable", "pay"}[i.r.IntN(4)]
	}
	return in
}

// ticketFor is one of the session that a token was earned in, mostly.
func (i inventor) ticketFor(in call) int {
	if in.token != 0 && chance(i.r, 80) {
		for _, n := range i.tracker.tickets {
			if i.book.ticket(n).session == i.book.token(in.token).session {
				return n
			}
		}
	}
	return i.tracker.tickets[i.r.IntN(len(i.tracker.tickets))]
}
