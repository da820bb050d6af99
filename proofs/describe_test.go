package proofs

import (
	"fmt"

	"github.com/countersign/countersign/proofs/site"
)

// describe is for whoever reads the drawing of a history.
func (b *registry) describe(in call) string {
	text := string(in.kind)
	switch in.kind {
	case putUser:
		text += fmt.Sprintf(" active=%t local=%t manager=%t", in.active, in.local, in.manager)
	case confirm, resync, removeFactor:
		text += fmt.Sprintf(" f%d", in.factor)
	case recovery, disableRecovery:
		text += fmt.Sprintf(" set %d #%d", in.set, in.index)
	}
	if in.kind == usePass {
		text += fmt.Sprintf(" %d", in.pass)
	}
	if in.given != 0 {
		text += fmt.Sprintf(" giving %d", in.given)
	}
	if in.ticket != 0 {
		text += fmt.Sprintf(" by ticket %d", in.ticket)
	}
	if in.session != 0 {
		text += fmt.Sprintf(" in session %d", in.session)
	}
	if in.action != "" {
		text += " to " + in.action
	}
	if in.issued != 0 {
		text += fmt.Sprintf(" issuing ticket %d", in.issued)
	}
	if in.replaces != 0 {
		text += fmt.Sprintf(" replacing f%d", in.replaces)
	}
	if in.token != 0 {
		text += fmt.Sprintf(" with token %d", in.token)
	}
	if in.earned != 0 {
		text += fmt.Sprintf(" earning token %d", in.earned)
	}
	for _, code := range in.codes {
		text += b.stepsOf(code)
	}
	return text + fmt.Sprintf(" in %+d..%+d s", b.sinceBase(in.from), b.sinceBase(in.to))
}

func (b *registry) sinceBase(second int64) int64 { return second - site.StepStart(b.base).Unix() }

// stepsOf names the factors and steps that have a code.
func (b *registry) stepsOf(code string) string {
	text := ""
	for factor := range b.factors() {
		margin := b.reach(factor+1) + beyond
		for s := -margin; s <= margin; s++ {
			if b.code(factor+1, s) == code {
				text += fmt.Sprintf(" f%d@%+d", factor+1, s)
			}
		}
	}
	if text == "" {
		return " wrong"
	}
	return text
}

// String is what came back, without what is zero anyway.
func (a answer) String() string {
	switch {
	case a.unknown:
		return "unknown"
	case a.void:
		return "void"
	case a.waits:
		return a.problem + ", wait"
	case a.problem != "":
		return a.problem
	}
	text := fmt.Sprintf("ok factor=%d pending=%d remaining=%d drift=%d next=%d enabled=%t proven=%t active=%t local=%t manager=%t locked=%t",
		a.factor, a.pending, a.remaining, a.drift, a.next, a.enabled, a.proven, a.active, a.local, a.manager, a.locked)
	if a.unsigned {
		text += " no token"
	}
	for _, l := range a.listed {
		if l.number != 0 {
			text += fmt.Sprintf(" f%d(%+d)", l.number, l.drift)
		}
	}
	return text
}
