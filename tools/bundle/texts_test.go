package main

import "testing"

func TestAScreenHasTheTextsThatItsCodeCanPutTogether(t *testing.T) {
	t.Parallel()
	plain := code(`t("back"); say("help.wrong"); sayDevice = "".concat(key, ".device"); "users.".concat(kind); "lost.lead".concat(what);
"".concat(rule, ".is.").concat(on); rules = ["rule.renew"]; "".concat(this.what, ".").concat(asked, ".title"); what = "challenge"; "stepup.".concat(mode, ".own")`)
	for key, want := range map[string]bool{
		"back": true, "help.wrong": true, "help.wrong.device": true, "users.locked": true, "lost.lead": true, "lost.lead.both": true, "rule.renew.is.on": true,
		"challenge.code.title": true, "stepup.code.own": true,
		"backwards": false, "help.lost": false, "help.lost.device": false, "rule.show.is.on": false, "policy.code.title": false, "challenge.code.lead": false, "problem.internal": false,
	} {
		if got := plain.uses(key); got != want {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
}

func TestATextOfSeveralLinesIsLeftOutWhole(t *testing.T) {
	t.Parallel()
	source := "export const en = {\n  'one': 'One',\n  'days': {\n    one: 'A day',\n    other: '{count} days',\n  },\n\n  'two': 'Two',\n};\n"
	want := "export const en = {\n  'one': 'One',\n\n  'two': 'Two',\n};\n"
	if got := only([]byte(source), func(key string) bool { return key != "days" }); got != want {
		t.Errorf("got %q", got)
	}
}
