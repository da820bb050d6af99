package proofs

import "fmt"

// givePass makes a pass the only one, and opens the lane that it is charged to. Somebody else's token allows it.
func (a account) givePass(in call) (account, answer) {
	if !a.enabled() {
		return a, refused("not_enrolled")
	}
	return a.spendToken(in.token, func(a account) (account, answer) {
		a.pass, a.recoveryFailures = unseen, 0
		if in.given != 0 {
			a.pass = in.given
		}
		return a, answer{}
	})
}

// pass is the text of an access pass; of number 0, one that never was.
func (b *registry) pass(in call) string {
	if in.pass == 0 {
		return fmt.Sprintf("0000-0000-0000-0000-00%02d", in.index)
	}
	return b.passes.at(in.pass)
}

// ofPass gives a pass, uses the one that was given last mostly, or ends it.
func (g generator) ofPass() call {
	tr := g.tracker
	switch given := len(tr.passes); {
	case tr.pass == 0 && len(tr.managerTokens) > 1 && chance(g.r, 70):
		return g.byManager(givePass)
	case chance(g.r, 12):
		return call{kind: endPass}
	case given > 0 && chance(g.r, 75):
		return call{kind: usePass, pass: tr.passes[given-1]}
	case given > 0:
		return call{kind: usePass, pass: tr.passes[g.r.IntN(given)]}
	}
	return call{kind: usePass, index: g.r.IntN(100)}
}
