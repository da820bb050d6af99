package proofs

import (
	"testing"

	"github.com/anishathalye/porcupine"
)

func TestTheModelRefusesWhatTheDesignForbids(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	w, closing := s.wrong(-20), s.closing(-20)
	off, on := s.put(false, true, false), s.put(true, true, false)
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
		{"the fifth failure closes", true, []told{w, w, w, w, closing, s.waits(-18), s.waits(-20)}},
		{"the fifth failure says nothing of a wait", false, []told{w, w, w, w, w}},
		{"the fourth failure tells of a wait", false, []told{w, w, w, closing}},
		{"the fourth failure closes", false, []told{w, w, w, w, s.waits(-18)}},
		{"a sixth guess is looked at", false, []told{w, w, w, w, closing, w}},
		{"a right code is looked at while it waits", false, []told{w, w, w, w, closing, s.verified(-18)}},
		{"of six guesses at once all are looked at", false, []told{w, at(w), at(w), at(w), at(closing), at(w)}},
		{"a right code forgets failures", true, []told{w, w, w, w, s.verified(-18), w, w, w, w, closing, s.waits(0)}},
		{"a right code forgets nothing", false, []told{w, w, w, w, s.verified(-18), w, s.waits(0)}},
		{"a recovery code twice", false, []told{s.recovered(3, 7), s.recovered(3, 6)}},
		{"two recovery codes", true, []told{s.recovered(3, 7), s.recovered(4, 6)}},
		{"two recovery codes at once, one put back", false, []told{s.recovered(3, 7), at(s.recovered(4, 7))}},
		{"a recovery code opens the other lane", true, []told{w, w, w, w, closing, s.recovered(0, 7), w}},
		{"a lost answer may mean that it happened", true, []told{s.lost(-18), s.wrong(-18)}},
		{"a lost answer may mean that it did not", true, []told{s.lost(-18), s.verified(-18)}},
		{"a lost answer does not mean twice", false, []told{s.lost(-18), s.verified(-18), s.verified(-18)}},

		{"a near resync earns a token", true, []told{s.resynced(0, false), s.verified(1)}},
		{"a near resync earns none", false, []told{s.resynced(0, true)}},
		{"a far resync earns a token", false, []told{s.resynced(-10, false)}},
		{"a third harvested code is refused", true, []told{s.resynced(-10, true), s.wrong(-9)}},
		{"a third harvested code is accepted", false, []told{s.resynced(-10, true), s.verified(-9)}},
		{"a far resync spends two steps beyond the pair", false, []told{s.resynced(-2, true), s.wrong(0)}},

		{"a code adds a device", true, []told{earning(s.verified(-18), ofCode), begun(ofCode), s.confirmed(0)}},
		{"a recovery code adds none", true, []told{earning(s.recovered(3, 7), ofRecovery), begun(ofRecovery).refused("step_up_required")}},
		{"a recovery code adds a device", false, []told{earning(s.recovered(3, 7), ofRecovery), begun(ofRecovery)}},
		{"a recovery code replaces a device", true, []told{earning(s.recovered(3, 7), ofRecovery), replacing(ofRecovery), s.confirmed(8)}},
		{"a recovery code replaces none", false, []told{earning(s.recovered(3, 7), ofRecovery), replacing(ofRecovery).refused("step_up_required")}},

		{"a pass replaces a device", true, []told{s.given(1, 6), earning(s.passed(1), ofPass), replacing(ofPass), s.confirmed(8)}},
		{"a pass disables", false, []told{s.given(1, 6), earning(s.passed(1), ofPass), of(disableOwn, ofPass)}},
		{"a pass disables nothing", true, []told{s.given(1, 6), earning(s.passed(1), ofPass), of(disableOwn, ofPass).refused("step_up_required")}},
		{"a pass twice", false, []told{s.given(1, 6), s.passed(1), s.passed(1)}},
		{"of two at once with a pass one is accepted", true, []told{s.given(1, 6), s.passed(1), at(s.passed(1).refused("code_invalid"))}},
		{"of two at once with a pass both are accepted", false, []told{s.given(1, 6), s.passed(1), at(s.passed(1))}},
		{"another pass ends the first", true, []told{s.given(1, 6), s.given(2, 7), s.passed(1).refused("code_invalid"), s.passed(2)}},
		{"the first pass stays beside another", false, []told{s.given(1, 6), s.given(2, 7), s.passed(1)}},
		{"a pass outlives a recovery", false, []told{s.given(1, 6), s.recovered(3, 7), s.passed(1)}},
		{"a pass outlives a deactivation", false, []told{s.given(1, 6), off, on, s.passed(1)}},
		{"a pass outlives its end", false, []told{s.given(1, 6), of(endPass, 0), s.passed(1)}},
		{"a pass makes earlier tokens void", false, []told{s.given(1, 6), s.passed(1), begun(ofConfirm)}},
		{"a pass opens the other lane", true, []told{w, w, w, w, closing, s.given(1, 6), s.waits(-18), s.passed(1), w}},
		{"a token gives two passes", false, []told{s.given(1, 6), s.given(2, 6)}},

		{"a recovery makes earlier tokens void", true, []told{s.recovered(3, 7), begun(ofConfirm).refused("step_up_required")}},
		{"an earlier token holds after a recovery", false, []told{s.recovered(3, 7), begun(ofConfirm)}},
		{"a recovery ends what is pending", true, []told{begun(ofConfirm), s.recovered(3, 7), s.confirmed(0).refused("not_found")}},
		{"what is pending outlives a recovery", false, []told{begun(ofConfirm), s.recovered(3, 7), s.confirmed(0)}},
		{"of a recovery and a confirm at once both", true, []told{begun(ofConfirm), s.recovered(3, 7), at(s.confirmed(0))}},
		{"what is pending outlives a deactivation", false, []told{begun(ofConfirm), off, on, s.confirmed(0)}},
		{"what is pending outlives another auth source", false, []told{begun(ofConfirm), s.put(true, false, false), on, s.confirmed(0)}},
		{"what is pending outlives another role", false, []told{begun(ofConfirm), s.put(true, true, true), s.confirmed(0)}},
		{"what is pending outlives the same profile", true, []told{begun(ofConfirm), on, s.confirmed(0)}},
		{"a token outlives a deactivation", false, []told{off, on, of(disableOwn, ofConfirm)}},
		{"a token outlives another role", false, []told{s.put(true, true, true), of(disableOwn, ofConfirm)}},
		{"a void token is consumed", false, []told{s.recovered(3, 7), of(consume, ofConfirm)}},
		{"a void token is active", false, []told{off, on, introspected(ofConfirm, true)}},
		{"a token is not active, and consumed", false, []told{introspected(ofConfirm, false), of(consume, ofConfirm)}},
		{"a token is active, consumed, and not active", true, []told{
			introspected(ofConfirm, true), of(consume, ofConfirm), introspected(ofConfirm, false),
		}},
		{"a token is consumed twice", false, []told{of(consume, ofConfirm), at(of(consume, ofConfirm))}},

		{"a ticket of before a deactivation is dead", true, []told{ticketed(1, 0), off, on, s.verified(-18).by(1, 0).refused("credential_invalid")}},
		{"a ticket outlives a deactivation", false, []told{ticketed(1, 0), off, on, s.verified(-18).by(1, 0)}},
		{"a ticket outlives another role", true, []told{ticketed(1, 0), s.put(true, true, true), s.verified(-18).by(1, 0)}},
		{"whoever began it sees it again", true, []told{begun(ofConfirm), begun(0), s.confirmed(0)}},
		{"another starter sees it", false, []told{ticketed(1, 0), begun(ofConfirm), earning(s.verified(-18), ofCode), begun(ofCode).by(1, 0)}},
		{"another starter begins without a token", false, []told{ticketed(1, 1), begun(ofConfirm).by(1, 1), begun(0)}},
		{"a token serves another session", false, []told{ticketed(1, 1), earning(s.verified(-18), ofOtherSession), of(disableOwn, ofOtherSession).by(1, 1)}},
		{"a token serves its own session", true, []told{ticketed(1, 2), earning(s.verified(-18), ofOtherSession), of(disableOwn, ofOtherSession).by(1, 2)}},
		{"a token serves another action", false, []told{earning(s.verified(-18), ofOtherAction), begun(ofOtherAction)}},
		{"a token serves its own action", true, []told{earning(s.verified(-18), ofOtherAction), of(disableOwn, ofOtherAction)}},
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
