package proofs

import (
	"slices"

	"github.com/countersign/countersign/proofs/site"
)

// belief is what the workers take for the state. It need not be right: it makes most of what they do
// meaningful, and only the history is held against anything.
type belief struct {
	account
	locked    bool
	beginning bool  // somebody is at it
	own       []int // step-up tokens of the user
	stale     int   // how many of them were earned under an earlier generation
	lost      int   // the pending factor that ended last without a confirm
	tickets   []int
	dead      []int // tickets of before a deactivation
	overseers []int // of others
	recent    *call
}

// learn keeps the belief near the state. The caller holds the lock.
func (s *subject) learn(in call, out answer) {
	b := &s.belief
	if in.kind == begin {
		b.beginning = false
		s.begins.Broadcast()
	}
	switch {
	case out.unknown, out.void:
	case out.problem != "":
		b.refused(in, out.problem)
	default:
		s.succeeded(b, in, out)
	}
}

func (b *belief) refused(in call, problem string) {
	switch problem {
	case "not_found", "factor_not_pending":
		if in.factor == b.pending.number {
			b.pending, b.recent = pending{}, nil
		}
	case "too_many_attempts":
		b.locked = true
	case "credential_invalid":
		b.tickets = slices.DeleteFunc(slices.Clone(b.tickets), func(n int) bool { return n == in.ticket })
	case "user_inactive":
		b.active = false
	case "auth_source_not_supported":
		b.local = false
	}
}

func (s *subject) succeeded(b *belief, in call, out answer) {
	switch in.kind {
	case putUser:
		if b.active && !in.active {
			b.dead, b.tickets = append(b.dead, b.tickets...), nil
		}
		if b.active != in.active || b.local != in.local || b.manager != in.manager {
			b.endGeneration()
		}
		b.active, b.local, b.manager = in.active, in.local, in.manager
	case issueTicket:
		if in.issued != 0 {
			b.tickets = append(b.tickets, in.issued)
		}
	case listFactors:
		b.pending.number = out.pending
		b.relist(out)
	case begin:
		if old := b.pending.number; old > 0 && old != out.pending {
			b.lost = old
		}
		b.pending = pending{number: out.pending, replaces: in.replaces, token: in.token, starter: in.starter()}
	case removeFactor:
		if in.factor == b.pending.number {
			b.pending, b.recent = pending{}, nil
			return
		}
		b.account = b.without(in.factor)
		b.endGeneration()
	case disable, disableRecovery, disableOwn, disableOverseer:
		b.endGeneration()
		b.account, b.locked = b.disabled(), false
	case recovery:
		b.spent |= 1 << in.index
		b.locked = false
		b.endGeneration()
		if in.earned != 0 {
			b.stale = len(b.own) - 1 // but for the one that it earned
		}
	default:
		s.followed(b, in)
	}
}

func (b *belief) endGeneration() {
	if b.pending.number > 0 {
		b.lost = b.pending.number
	}
	b.account, b.recent, b.stale = b.account.endGeneration(), nil, len(b.own)
}

// followed learns from codes that were accepted, as the model has it. Where the belief was too far off there is
// nothing to learn.
func (s *subject) followed(b *belief, in call) {
	known := b.at(in.factor) != nil
	if in.kind == confirm && (known || b.count() == mostFactors) || in.kind == resync && !known {
		return
	}
	after, _, right := s.book.evaluate(b.account, in, s.stepOf(in))
	if !right {
		return
	}
	b.account = after
	if in.kind == confirm {
		b.endGeneration()
		if in.earned != 0 {
			b.stale = len(b.own) - 1
		}
	} else {
		b.locked = false
	}
}

func (s *subject) stepOf(in call) int { return int(site.StepOf(in.from) - s.book.base) }

// relist takes over which factors there are, and keeps what is known of them.
func (b *belief) relist(out answer) {
	var factors [mostFactors]slot
	for i, l := range out.listed {
		factors[i] = slot{number: l.number, drift: l.drift}
		if known := b.at(l.number); known != nil {
			factors[i].last = known.last
		}
	}
	b.factors = factors
}
