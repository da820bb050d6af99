package proofs

import "slices"

// tracker is what the workers take for the state. It need not be right: it makes most of what they do
// meaningful, and only the history is checked.
type tracker struct {
	account
	locked        bool
	beginning     bool  // somebody is at it
	own           []int // step-up tokens of the user
	stale         int   // how many of them were earned under an earlier generation
	lost          int   // the pending factor that ended last without a confirm
	tickets       []int
	dead          []int // tickets of before a deactivation
	managerTokens []int // of others
	passes        []int // all that were given
	recent        *call
}

// learn keeps the tracker near the state. The caller holds the lock.
func (s *subject) learn(in call, out answer) {
	tr := &s.tracker
	if in.kind == begin {
		tr.beginning = false
		s.begins.Broadcast()
	}
	switch {
	case out.unknown, out.void:
	case out.problem != "":
		tr.refused(in, out.problem)
	default:
		s.succeeded(tr, in, out)
	}
}

func (tr *tracker) refused(in call, problem string) {
	switch problem {
	case "not_found", "factor_not_pending":
		if in.factor == tr.pending.number {
			tr.pending, tr.recent = pending{}, nil
		}
	case "too_many_attempts":
		tr.locked = true
	case "credential_invalid":
		tr.tickets = slices.DeleteFunc(slices.Clone(tr.tickets), func(n int) bool { return n == in.ticket })
	case "user_inactive":
		tr.active = false
	case "auth_source_not_supported":
		tr.local = false
	}
}

func (s *subject) succeeded(tr *tracker, in call, out answer) {
	switch in.kind {
	case putUser:
		if tr.active && !in.active {
			tr.dead, tr.tickets = append(tr.dead, tr.tickets...), nil
		}
		if tr.active != in.active || tr.local != in.local || tr.manager != in.manager {
			tr.endGeneration()
		}
		tr.active, tr.local, tr.manager = in.active, in.local, in.manager
	case issueTicket:
		if in.issued != 0 {
			tr.tickets = append(tr.tickets, in.issued)
		}
	case listFactors:
		tr.pending.number = out.pending
		tr.relist(out)
	case begin:
		if old := tr.pending.number; old > 0 && old != out.pending {
			tr.lost = old
		}
		tr.pending = pending{number: out.pending, replaces: in.replaces, token: in.token, starter: in.starter()}
	case removeFactor:
		if in.factor == tr.pending.number {
			tr.pending, tr.recent = pending{}, nil
			return
		}
		tr.account = tr.without(in.factor)
		tr.endGeneration()
	case disable, disableRecovery, disableOwn, disableByManager:
		tr.endGeneration()
		tr.account, tr.locked = tr.disabled(), false
	case givePass:
		if tr.pass = in.given; in.given != 0 {
			tr.passes = append(tr.passes, in.given)
		}
		tr.recent = nil
	case endPass:
		tr.pass = 0
	case recovery, usePass:
		if in.kind == recovery {
			tr.spent |= 1 << in.index
		}
		tr.locked = false
		tr.endGeneration()
		if in.earned != 0 {
			tr.stale = len(tr.own) - 1 // but for the one that it earned
		}
	default:
		s.followed(tr, in)
	}
}

func (tr *tracker) endGeneration() {
	if tr.pending.number > 0 {
		tr.lost = tr.pending.number
	}
	tr.account, tr.recent, tr.stale = tr.account.endGeneration(), nil, len(tr.own)
}

// followed learns from codes that were accepted, as the model has it. Where the tracker was too far off there is
// nothing to learn.
func (s *subject) followed(tr *tracker, in call) {
	known := tr.at(in.factor) != nil
	if in.kind == confirm && (known || tr.count() == mostFactors) || in.kind == resync && !known {
		return
	}
	after, _, right := s.registry.evaluate(tr.account, in, in.from)
	if !right {
		return
	}
	tr.account = after
	if in.kind == confirm {
		tr.endGeneration()
		if in.earned != 0 {
			tr.stale = len(tr.own) - 1
		}
	} else {
		tr.locked = false
	}
}

// relist takes over which factors there are, and keeps what is known of them.
func (tr *tracker) relist(out answer) {
	var factors [mostFactors]slot
	for i, l := range out.listed {
		factors[i] = slot{number: l.number, drift: l.drift}
		if known := tr.at(l.number); known != nil {
			factors[i].last, factors[i].proven = known.last, known.proven
		}
	}
	tr.factors = factors
}
