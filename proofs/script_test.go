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

// script tells histories of a user with one factor, which the codes of the steps -20 and -19 confirmed. The tokens
// are numbered as they are earned.
type script struct{ *registry }

// The tokens of a script.
const (
	ofConfirm = 1 + iota
	ofCode
	ofRecovery
	ofOtherSession
	ofOtherAction
	_ // of managers
	_
	ofPass
)

func newScript(t *testing.T) script {
	t.Helper()
	s := script{newRegistry(50_000_000)}
	for _, secret := range []string{"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"} {
		if _, err := s.number("fct_"+secret, secret); err != nil {
			t.Fatal(err)
		}
	}
	for _, each := range []token{{}, {}, {recovery: true}, {session: 2}, {action: "disable"}, {}, {}, {recovery: true, pass: true}} {
		s.tokens.add(each)
	}
	return s
}

func (s script) verified(step int) told {
	return told{in: s.verify(step), out: answer{factor: 1, remaining: codesOfASet}}
}
func (s script) wrong(step int) told { return told{in: s.verify(step), out: refused("code_invalid")} }
func (s script) waits(step int) told {
	return told{in: s.verify(step), out: refused("too_many_attempts")}
}
func (s script) closing(step int) told {
	return told{in: s.verify(step), out: answer{problem: "code_invalid", waits: true}}
}
func (s script) lost(step int) told { return told{in: s.verify(step), out: answer{unknown: true}} }
func (s script) shed(step int) told { return told{in: s.verify(step), out: answer{void: true}} }

func (s script) verify(step int) call {
	return call{kind: verify, codes: []string{s.code(1, step)}}
}

func (s script) recovered(index, remaining int) told {
	return told{call{kind: recovery, set: 1, index: index}, answer{remaining: remaining, ofRecoveryMethod: true}, false}
}

// given is an access pass by a token of somebody else; passed is its use.
func (s script) given(pass, token int) told {
	return told{in: call{kind: givePass, token: token, given: pass}}
}

func (s script) passed(pass int) told {
	return told{in: call{kind: usePass, pass: pass}, out: answer{remaining: codesOfASet, ofPassMethod: true}}
}

// earning adds the number of the token that a call brought.
func earning(t told, number int) told { t.in.earned = number; return t }

// resynced are the codes of the steps before last and of last, without a token where that is far off.
func (s script) resynced(last int, far bool) told {
	out := answer{drift: last, next: 1, unsigned: far}
	if far {
		out.next = 2
	}
	return told{in: call{kind: resync, factor: 1, codes: []string{s.code(1, last-1), s.code(1, last)}}, out: out}
}

// begun is an enrollment of the second factor by the service key; replacing is in place of the first.
func begun(token int) told {
	return told{in: call{kind: begin, factor: 2, token: token}, out: answer{pending: 2}}
}
func replacing(token int) told {
	t := begun(token)
	t.in.replaces = 1
	return t
}
func (t told) refused(problem string) told { t.out = refused(problem); return t }
func (t told) by(ticket, session int) told { t.in.ticket, t.in.session = ticket, session; return t }

// confirmed is the second factor made to count, with so many recovery codes.
func (s script) confirmed(codes int) told {
	pair := []string{s.code(2, -1), s.code(2, 0)}
	return told{in: call{kind: confirm, factor: 2, codes: pair}, out: answer{factor: 2, next: 1, remaining: codes}}
}

func (s script) put(active, local, manager bool) told {
	in := call{kind: putUser, active: active, local: local, manager: manager}
	out := answer{active: active, local: local, manager: manager}
	if out.enabled = local; local {
		out.remaining, out.proven = codesOfASet, true
	}
	return told{in: in, out: out}
}

func ticketed(number, session int) told {
	return told{in: call{kind: issueTicket, session: session, issued: number}}
}

// of is a success by a token.
func of(k kind, token int) told { return told{in: call{kind: k, token: token}} }

func introspected(token int, active bool) told {
	t := of(introspect, token)
	t.out.active = active
	return t
}

func (s script) beginning() []told {
	pair := []string{s.code(1, -20), s.code(1, -19)}
	return []told{
		{in: call{kind: begin, factor: 1}, out: answer{pending: 1}},
		earning(told{in: call{kind: confirm, factor: 1, codes: pair}, out: answer{factor: 1, next: 1, remaining: codesOfASet}}, ofConfirm),
	}
}

func at(t told) told { t.meanwhile = true; return t }

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
