package proofs

// ownToken is one that the user earned, lately mostly, spent or void perhaps; 0: there is none.
func (g generator) ownToken() int {
	n := len(g.tracker.own)
	if n == 0 {
		return 0
	}
	fresh := n - g.tracker.stale
	switch {
	case chance(g.r, 20):
		return g.tracker.own[g.r.IntN(n)]
	case fresh > 0:
		return g.tracker.own[n-1-g.r.IntN(min(fresh, 3))]
	}
	return g.tracker.own[n-1-g.r.IntN(min(n, 3))]
}

// ofToken asks about a token, or spends it.
func (g generator) ofToken(k kind) call {
	if token := g.ownToken(); token != 0 {
		return call{kind: k, token: token}
	}
	return call{kind: listFactors}
}

// staleToken tries a token that the end of its generation made void.
func (g generator) staleToken() call {
	n := g.tracker.stale
	if n == 0 {
		return call{kind: listFactors}
	}
	in := call{kind: disableOwn, token: g.tracker.own[n-1-g.r.IntN(min(n, 8))]}
	switch g.r.IntN(3) {
	case 0:
		in.kind, in.factor = removeFactor, g.anyFactor()
	case 1:
		in.kind = begin
	}
	return in
}

func (g generator) newTicket() call { return call{kind: issueTicket, session: g.r.IntN(sessions + 1)} }

// sessions of the host that a user has.
const sessions = 2

// byTicket lets some calls be made by a ticket, and others name a session or what they are for.
func (g generator) byTicket(in call) call {
	switch in.kind {
	case putUser, issueTicket, introspect, disableByManager, givePass:
		return in
	}
	often := 25
	if in.kind == begin {
		often = 50 // whoever begins another one ends what is pending
	}
	switch {
	case chance(g.r, 3) && len(g.tracker.dead) > 0:
		in.ticket = g.tracker.dead[g.r.IntN(len(g.tracker.dead))]
	case chance(g.r, often) && len(g.tracker.tickets) > 0:
		in.ticket = g.ticketFor(in)
	}
	if in.ticket != 0 {
		in.session = g.registry.tickets.at(in.ticket).session
	}
	if len(in.codes) == 0 && in.kind != recovery && in.kind != usePass || in.kind == disable {
		return in
	}
	if in.ticket == 0 && chance(g.r, 25) {
		in.session = 1 + g.r.IntN(sessions)
	}
	if chance(g.r, 20) {
		in.action = []string{"enroll", "remove_factor", "disable", "pay"}[g.r.IntN(4)]
	}
	return in
}

// ticketFor is one of the session that a token was earned in, mostly.
func (g generator) ticketFor(in call) int {
	if in.token != 0 && chance(g.r, 80) {
		for _, n := range g.tracker.tickets {
			if g.registry.tickets.at(n).session == g.registry.tokens.at(in.token).session {
				return n
			}
		}
	}
	return g.tracker.tickets[g.r.IntN(len(g.tracker.tickets))]
}
