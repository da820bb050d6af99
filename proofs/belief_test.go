package proofs

import "github.com/countersign/countersign/proofs/site"

// belief is what the workers take for the state. It need not be right: it makes most of what they do
// meaningful, and only the history is held against anything.
type belief struct {
	account
	locked    bool
	beginning bool  // somebody is at it
	own       []int // step-up tokens of the user
	stale     []int // those earned before a factor changed
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
	case "user_inactive":
		b.active = false
	case "auth_source_not_supported":
		b.local = false
	}
}

func (s *subject) succeeded(b *belief, in call, out answer) {
	switch in.kind {
	case putUser:
		if b.local != in.local {
			b.pending, b.recent = pending{}, nil
		}
		b.active, b.local = in.active, in.local
	case listFactors:
		b.pending.number = out.pending
		b.relist(out)
	case begin:
		b.pending = pending{number: out.pending, replaces: in.replaces, token: in.token}
	case removeFactor:
		b.account, b.stale = b.without(in.factor), b.own
		if in.factor == b.pending.number {
			b.pending, b.recent = pending{}, nil
		}
	case disable, disableRecovery, disableOwn, disableOverseer:
		b.account, b.locked, b.recent = b.disabled(), false, nil
	case recovery:
		b.spent |= 1 << in.index
		b.locked = false
	default:
		s.followed(b, in)
	}
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
		b.recent, b.stale = nil, b.own
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
