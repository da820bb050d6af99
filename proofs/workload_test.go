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
	g := generator{s.registry, r, tr, time.Now().Unix()}
	in := g.byTicket(s.generate(g))
	if len(s.codes[in.set]) == 0 {
		in.set = 0 // not known yet, so that only a made-up code can be sent
	}
	if in.factor > s.registry.factors() {
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
	case begin, disable, disableRecovery, disableOwn, disableByManager, introspect:
		return chance(r, 30)
	}
	return len(in.codes) > 0 || in.set != 0 || in.token != 0 || in.pass != 0
}

// generate does what brings the user on, mostly; else anything.
func (s *subject) generate(g generator) call {
	r, tr := g.r, g.tracker
	switch {
	case (!tr.active || !tr.local) && chance(r, 50):
		return call{kind: putUser, active: true, local: true}
	case tr.count() == 0 && tr.pending.number == 0 && chance(r, 80) && s.registry.factors() < mostNumber:
		tr.beginning = true
		return call{kind: begin}
	case tr.pending.number != 0 && chance(r, 30+40/(1+tr.count())):
		return g.finish()
	case g.here(g.factor().number) > 0 && tr.count() > 0 && chance(r, 30):
		f := g.factor() // a step has begun, and what it has not spent is in the window of the drifted time
		return g.pair(resync, f.number, f.last+1)
	case tr.count() == 1 && tr.pending.number == 0 && len(tr.own) > tr.stale && chance(r, 10):
		return g.begin() // several devices are rare enough
	case tr.count() > 1 && chance(r, 12):
		return call{kind: removeFactor, factor: g.factor().number, token: g.ownToken()}
	case tr.locked && chance(r, 40):
		if chance(r, 15) {
			return g.managerDisable()
		}
		return g.recoveryCode(recovery)
	}
	return g.any()
}

// generator makes up calls from what the tracker says.
type generator struct {
	registry *registry
	r        *rand.Rand
	tracker  *tracker
	second   int64 // the present one
}

// here is the present step of a factor.
func (g generator) here(factor int) int { return g.registry.here(factor, g.second) }

// generators say how often in a hundred or so each is made.
var generators = []struct {
	weight int
	next   func(generator) call
}{
	{30, generator.rightCode},
	{8, func(g generator) call { f := g.factor(); return g.code(verify, f.number, f.last) }},
	{7, func(g generator) call { return call{kind: verify, codes: []string{anyWrongCode(g.r)}} }},
	{3, func(g generator) call { f := g.oldFactor(); return g.code(verify, f, g.here(f)+g.r.IntN(3)-1) }},
	{3, func(g generator) call {
		f, reach := g.factor().number, g.registry.reach(g.factor().number)
		return g.code(verify, f, g.here(f)+g.r.IntN(2*reach+1)-reach)
	}},
	{8, func(g generator) call { f := g.factor(); return g.pair(resync, f.number, f.last+1+g.r.IntN(2)) }},
	{3, func(g generator) call { f := g.factor().number; return g.pair(resync, f, g.here(f)-1+g.r.IntN(2)) }},
	{4, generator.wrongPair},
	{5, func(g generator) call { return g.recoveryCode(recovery) }},
	{3, func(g generator) call { return call{kind: recovery, index: g.r.IntN(100)} }},
	{9, generator.ofPass},
	{2, func(g generator) call { f := g.factor(); return g.code(disable, f.number, f.last+1) }},
	{2, func(g generator) call { return call{kind: disable, codes: []string{anyWrongCode(g.r)}} }},
	{1, func(g generator) call { return g.recoveryCode(disableRecovery) }},
	{2, func(g generator) call { return call{kind: disableOwn, token: g.ownToken()} }},
	{3, generator.staleToken},
	{1, generator.managerDisable},
	{7, generator.begin},
	{1, func(g generator) call { f := g.oldFactor(); return g.pair(confirm, f, g.here(f)+g.r.IntN(10)-reach) }},
	{1, func(g generator) call { return call{kind: removeFactor, factor: g.factor().number} }},
	{3, func(g generator) call { return call{kind: removeFactor, factor: g.anyFactor(), token: g.ownToken()} }},
	{7, func(generator) call { return call{kind: getUser} }},
	{6, func(generator) call { return call{kind: listFactors} }},
	{2, generator.newProfile},
	{3, generator.newTicket},
	{2, generator.lostFactor},
	{2, func(g generator) call { return g.ofToken(consume) }},
	{4, func(g generator) call { return g.ofToken(introspect) }},
}

func (g generator) any() call {
	total := 0
	for _, each := range generators {
		total += each.weight
	}
	at := g.r.IntN(total)
	for _, each := range generators {
		if at -= each.weight; at < 0 {
			return each.next(g)
		}
	}
	return call{kind: getUser} // unreachable: at was below the total
}
