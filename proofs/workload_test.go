package proofs

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// work is what one worker does in a history.
func (s *subject) work(ctx context.Context, worker int, c site.Client, r *rand.Rand, calls int) {
	for range calls {
		s.perform(ctx, worker, c, s.choose(r))
	}
}

// choose makes up the next call of a worker.
func (s *subject) choose(r *rand.Rand) call {
	s.mu.Lock()
	defer s.mu.Unlock()
	tr := &s.tracker
	for tr.beginning && chance(r, 90) {
		s.begins.Wait() // without a factor there is little to ask for
	}
	if tr.recent != nil && chance(r, 30) {
		return *tr.recent // several at once with the same
	}
	i := inventor{s.book, r, tr, int(site.StepAt(time.Now()) - s.book.base)}
	in := i.byTicket(s.invent(i))
	if len(s.codes[in.set]) == 0 {
		in.set = 0 // not known yet, so that only a made-up code can be sent
	}
	if in.factor > s.book.factors() {
		in.factor = noFactor // the same: its id may be known by the time the call is sent
	}
	if worthRepeating(r, in) {
		tr.recent = &in
	}
	return in
}

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// worthRepeating are proofs and tokens; less often those that may take everything away, and begins, which are
// costly to answer.
func worthRepeating(r *rand.Rand, in call) bool {
	switch in.kind {
	case begin, disable, disableRecovery, disableOwn, disableOverseer, introspect:
		return chance(r, 30)
	}
	return len(in.codes) > 0 || in.set != 0 || in.token != 0
}

// invent does what brings the user on, mostly; else anything.
func (s *subject) invent(i inventor) call {
	r, tr := i.r, i.tracker
	switch {
	case (!tr.active || !tr.local) && chance(r, 50):
		return call{kind: putUser, active: true, local: true}
	case tr.count() == 0 && tr.pending.number == 0 && chance(r, 80) && s.book.factors() < mostNumber:
		tr.beginning = true
		return call{kind: begin}
	case tr.pending.number != 0 && chance(r, 30+40/(1+tr.count())):
		return i.finish()
	case i.here > 0 && tr.count() > 0 && chance(r, 30):
		f := i.factor() // a step has begun, and what it has not spent is in the window of the drifted time
		return i.pair(resync, f.number, f.last+1)
	case tr.count() == 1 && tr.pending.number == 0 && len(tr.own) > tr.stale && chance(r, 10):
		return i.begin() // several devices are rare enough
	case tr.count() > 1 && chance(r, 12):
		return call{kind: removeFactor, factor: i.factor().number, token: i.ownToken()}
	case tr.locked && chance(r, 40):
		if chance(r, 15) {
			return i.overseer()
		}
		return i.recoveryCode(recovery)
	}
	return i.any()
}

// inventor makes calls up from what the tracker says.
type inventor struct {
	book    *book
	r       *rand.Rand
	tracker *tracker
	here    int // the present step
}

// inventions say how often in a hundred or so each is made.
var inventions = []struct {
	weight int
	invent func(inventor) call
}{
	{30, inventor.rightCode},
	{8, func(i inventor) call { f := i.factor(); return i.code(verify, f.number, f.last) }},
	{7, func(i inventor) call { return call{kind: verify, codes: []string{wrongCode(i.r)}} }},
	{3, func(i inventor) call { return i.code(verify, i.oldFactor(), i.here+i.r.IntN(3)-1) }},
	{3, func(i inventor) call { return i.code(verify, i.factor().number, i.here+i.r.IntN(2*reach+1)-reach) }},
	{8, func(i inventor) call { f := i.factor(); return i.pair(resync, f.number, f.last+1+i.r.IntN(2)) }},
	{3, func(i inventor) call { return i.pair(resync, i.factor().number, i.here-1+i.r.IntN(2)) }},
	{4, inventor.wrongPair},
	{5, func(i inventor) call { return i.recoveryCode(recovery) }},
	{3, func(i inventor) call { return call{kind: recovery, index: i.r.IntN(100)} }},
	{2, func(i inventor) call { f := i.factor(); return i.code(disable, f.number, f.last+1) }},
	{2, func(i inventor) call { return call{kind: disable, codes: []string{wrongCode(i.r)}} }},
	{1, func(i inventor) call { return i.recoveryCode(disableRecovery) }},
	{2, func(i inventor) call { return call{kind: disableOwn, token: i.ownToken()} }},
	{3, inventor.staleToken},
	{1, inventor.overseer},
	{7, inventor.begin},
	{1, func(i inventor) call { return i.pair(confirm, i.oldFactor(), i.here+i.r.IntN(10)-reach) }},
	{1, func(i inventor) call { return call{kind: removeFactor, factor: i.factor().number} }},
	{3, func(i inventor) call { return call{kind: removeFactor, factor: i.anyFactor(), token: i.ownToken()} }},
	{7, func(inventor) call { return call{kind: getUser} }},
	{6, func(inventor) call { return call{kind: listFactors} }},
	{2, inventor.newProfile},
	{3, inventor.newTicket},
	{2, inventor.lostFactor},
	{2, func(i inventor) call { return i.ofToken(consume) }},
	{4, func(i inventor) call { return i.ofToken(introspect) }},
}

func (i inventor) any() call {
	total := 0
	for _, each := range inventions {
		total += each.weight
	}
	at := i.r.IntN(total)
	for _, each := range inventions {
		if at -= each.weight; at < 0 {
			return each.invent(i)
		}
	}
	return call{kind: getUser} // unreachable: at was below the total
}
