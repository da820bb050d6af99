// Package terminal is a shell as a person has it before them: interactive, in a pseudo-terminal, without
// settings of its own. Text that is pasted into it arrives as terminals send it. No code of the product may
// import it.
package terminal

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/process"
)

// Shells are those that a block of a document has to paste into.
var Shells = []string{"dash", "bash", "zsh"}

const (
	pasteTimeout = 2 * time.Minute
	endOfPaste   = "-- end of paste --"
)

// Shell is an interactive shell. One goroutine may use it.
type Shell struct {
	t       testing.TB
	name    string
	process *process.Process
	keys    io.Writer
	screen  *process.Record // what a person sees: prompts, what is typed, errors
	printed string          // the file of its standard output
	pasted  int             // how many texts have run
	sent    int             // how many commands and texts were sent
}

// Start begins a shell in a directory, with these settings, NAME=value. It ends with the test.
func Start(t testing.TB, name, dir string, settings ...string) *Shell {
	t.Helper()
	for _, program := range []string{name, "script"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing; run scripts/test-tools.sh, which installs it", program)
		}
	}
	home := t.TempDir()
	// Without this file zsh begins by asking a newcomer how to set it up.
	if err := os.WriteFile(filepath.Join(home, ".zshrc"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Shell{t: t, name: name, screen: &process.Record{}, printed: filepath.Join(home, "printed")}
	settings = append([]string{"HOME=" + home, "TERM=xterm", "PRINTED=" + s.printed}, settings...)
	// Of util-linux: it makes the terminal. The screen has all that is not the commands' standard output.
	command := process.Command(context.Background(), dir, settings, "script", "-qfec", name+` -i >"$PRINTED"`, os.DevNull)
	command.Stdout, command.Stderr = s.screen, s.screen
	keys, err := command.StdinPipe()
	if err == nil {
		s.keys = keys
		s.process, err = process.Start(command, s.screen)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.process.End(syscall.SIGKILL) })
	return s
}

// String is the name of the shell.
func (s *Shell) String() string { return s.name }

// Of a terminal: what a shell writes that wants pastes marked, and the marks.
const (
	marksPastes = "\x1b[?2004h"
	beginPaste  = "\x1b[200~"
	endPaste    = "\x1b[201~"
)

// controls are what Debian's zsh sends to the terminal by its standard output: the mode of the keypad.
var controls = regexp.MustCompile(`\x1b(?:\[\?1[hl]|[=>])`)

// stumbled is what these shells write when they do not understand.
var stumbled = regexp.MustCompile(`(?i)not found|no matches|parse error|syntax error|bad (?:option|pattern|substitution)|unexpected`)

// Paste sends text and the Enter that a person presses after it, and returns what its commands printed, once
// all have ended. It fails the test when the shell does not understand.
func (s *Shell) Paste(text string) string {
	s.t.Helper()
	s.send(strings.TrimRight(text, "\n"))
	s.send("echo '" + endOfPaste + "'")
	var printed string
	s.await("run what was pasted", func() bool {
		written, err := os.ReadFile(s.printed)
		text := strings.SplitAfter(controls.ReplaceAllString(string(written), ""), endOfPaste+"\n")
		if err == nil && len(text) > s.pasted+1 {
			printed = strings.TrimSuffix(text[s.pasted], endOfPaste+"\n")
			return true
		}
		return false
	})
	s.pasted++
	if word := stumbled.FindString(s.screen.String()); word != "" {
		s.t.Fatalf("%s stumbled (%s):\n%s", s.name, word, s.screen)
	}
	return printed
}

func (s *Shell) send(text string) {
	s.t.Helper()
	if s.name != "dash" && s.name != "sh" { // which have no editor of lines
		s.sent++
		s.await("ask for a command", func() bool { return strings.Count(s.screen.String(), marksPastes) >= s.sent })
		text = beginPaste + text + endPaste
	}
	if _, err := fmt.Fprint(s.keys, text+"\r"); err != nil {
		s.t.Fatalf("%s takes no more: %v\n%s", s.name, err, s.screen)
	}
}

func (s *Shell) await(what string, holds func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), pasteTimeout)
	defer cancel()
	if err := s.process.Await(ctx, what, holds); err != nil {
		s.t.Fatalf("%s: %v", s.name, err)
	}
}
