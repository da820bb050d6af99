package terminal_test

import (
	"testing"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
)

func TestATerminalIsToldNothingThatItObeys(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"factors.csv": "factors.csv", "Fakt oren 'ä' \u00a0日本.csv": "Fakt oren 'ä' \u00a0日本.csv",
		"\x1b[2J\x1b]0;x\a.csv": `\x1b[2J\x1b]0;x\a.csv`, "a\nb\tc\x7f\u009b": `a\nb\tc\x7f\u009b`, "\u202ecsv.exe": `\u202ecsv.exe`,
	} {
		if got := terminal.Plain(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
