package proofs

import (
	"math"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/countersign/countersign/proofs/site"
)

// told is an operation of a history that is made up.
type told struct {
	in  call
	out answer
	// meanwhile: it overlaps the one before.
	meanwhile bool
}

// script tells histories of a user with one factor, which the codes of the steps -20 and -19 confirmed.
type script struct{ *book }

func (s script) verified(step int) told {
	return told{in: s.verify(step), out: answer{factor: 1, remaining: codesOfASet}}
}
func (s script) wrong(step int) told { return told{in: s.verify(step), out: refused("code_invalid")} }
func (s script) waits(step int) told {
	return told{in: s.verify(step), out: refused("too_many_attempts")}
}
func (s script) lost(step int) told { return told{in: s.verify(step), out: answer{unknown: true}} }
func (s script) shed(step int) told { return told{in: s.verify(step), out: answer{void: true}} }

func (s script) verify(step int) call {
	return call{kind: verify, codes: []string{s.code(1, step)}}
}

func (s script) recovered(index, remaining int) told {
	return told{call{kind: recovery, set: 1, index: index}, answer{remaining: remaining, ofRecoveryMethod: true}, false}
}

func (s script) beginning() []told {
	pair := []string{s.code(1, -20), s.code(1, -19)}
	return []told{
		{in: call{kind: begin, factor: 1}, out: answer{pending: 1}},
		{in: call{kind: confirm, factor: 1, codes: pair}, out: answer{factor: 1, next: 1, remaining: codesOfASet}},
	}
}

func at(t told) told { t.meanwhile = true; return t }

func TestTheModelRefusesWhatTheDesignForbids(t *testing.T) {
	t.Parallel()
	s := script{newBook(50_000_000)}
	if _, err := s.number("fct_1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"); err != nil {
		t.Fatal(err)
	}
	w := s.wrong(-20)
	for _, test := range []struct {
		name  string
		legal bool
		told  []told
	}{
		{"a right code", true, []told{s.verified(-18)}},
		{"a right code is refused", false, []told{s.wrong(-18)}},
		{"a replay is refused", true, []told{s.verified(-18), s.wrong(-18)}},
		{"a replay is accepted", false, []told{s.verified(-18), s.verified(-18)}},
		{"an older step is accepted", false, []told{s.verified(0), s.verified(-18)}},
		{"a confirming code is accepted", false, []told{s.verified(-19)}},
		{"a step beyond the window is accepted", false, []told{s.verified(-17)}},
		{"one step after the other is accepted", true, []told{s.verified(-18), s.verified(-17), s.verified(-16)}},
		{"of two at once one is accepted", true, []told{s.wrong(-18), at(s.verified(-18))}},
		{"of two at once both are accepted", false, []told{s.verified(-18), at(s.verified(-18))}},
		{"the fifth failure closes", true, []told{w, w, w, w, w, s.waits(-18), s.waits(-20)}},
		{"the fourth failure closes", false, []told{w, w, w, w, s.waits(-18)}},
		{"a sixth guess is looked at", false, []told{w, w, w, w, w, w}},
		{"a right code is looked at while it waits", false, []told{w, w, w, w, w, s.verified(-18)}},
		{"of six guesses at once all are looked at", false, []told{w, at(w), at(w), at(w), at(w), at(w)}},
		{"a right code forgets failures", true, []told{w, w, w, w, s.verified(-18), w, w, w, w, w, s.waits(0)}},
		{"a right code forgets nothing", false, []told{w, w, w, w, s.verified(-18), w, s.waits(0)}},
		{"a recovery code twice", false, []told{s.recovered(3, 7), s.recovered(3, 6)}},
		{"two recovery codes", true, []told{s.recovered(3, 7), s.recovered(4, 6)}},
		{"two recovery codes at once, one put back", false, []told{s.recovered(3, 7), at(s.recovered(4, 7))}},
		{"a recovery code opens the other lane", true, []told{w, w, w, w, w, s.recovered(0, 7), w}},
		{"a lost answer may mean that it happened", true, []told{s.lost(-18), s.wrong(-18)}},
		{"a lost answer may mean that it did not", true, []told{s.lost(-18), s.verified(-18)}},
		{"a lost answer does not mean twice", false, []told{s.lost(-18), s.verified(-18), s.verified(-18)}},
		{"shed means that nothing happened", false, []told{s.shed(-18), s.wrong(-18)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			history := s.history(append(s.beginning(), test.told...))
			if legal := porcupine.CheckOperations(s.model(), history); legal != test.legal {
				t.Errorf("legal is %v, want %v", legal, test.legal)
			}
		})
	}
}

// history lays the operations out, one after the other or overlapping, all in the first second of the base.
func (s script) history(all []told) []porcupine.Operation {
	var history []porcupine.Operation
	from := int64(0)
	for i, each := range all {
		if !each.meanwhile {
			from = int64(2 * i)
		}
		each.in.from = site.StepStart(s.base).Unix()
		each.in.to = each.in.from
		op := porcupine.Operation{ClientId: i, Input: each.in, Output: each.out, Call: from, Return: int64(2*i + 1)}
		if each.out.unknown {
			op.Return = math.MaxInt64
		}
		history = append(history, op)
	}
	return history
}
