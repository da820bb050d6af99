package terminal_test

import (
	"testing"

	"github.com/countersign/countersign/internal/terminal"
)

func TestEveryShellRunsWhatIsPasted(t *testing.T) {
	t.Parallel()
	for _, name := range terminal.Shells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shell := terminal.Start(t, name, t.TempDir(), "GREETING=hello")
			if printed := shell.Paste("NAME='ana'\necho \"$GREETING\n$NAME\"\ncat <<'END'\n{x}\nEND\n"); printed != "hello\nana\n{x}\n" {
				t.Errorf("it printed %q", printed)
			}
			if printed := shell.Paste("f() { echo \"$1\"; }\nf \"$NAME\""); printed != "ana\n" {
				t.Errorf("then it printed %q", printed)
			}
		})
	}
}
