package docs_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/terminal"
)

// People have bash or zsh before them, interactive, where other rules hold than in
// a script: zsh takes no comments, and matches brackets with files.
func TestTheBlocksPasteIntoEveryShell(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"docs/quickstart.md", "docs/moving-in.md", "docs/any-language.md", "docs/personal-data.md"} {
		for _, shell := range terminal.Shells {
			t.Run(path+" "+shell, func(t *testing.T) {
				t.Parallel()
				server := startDevelopment(t)
				server.hasBuilt(t)
				person := terminal.Start(t, shell, server.dir, "API="+server.url)
				for _, b := range shellBlocks(readPage(t, path)) {
					b.printed(t, person.Paste(b.body))
				}
			})
		}
	}
}

// comment is one of the shell, but not ${NAME#PATTERN}.
var comment = regexp.MustCompile(`(?:^|\s)#`)

// Nobody pastes half a line: a comment goes into the text around the block.
func TestNoBlockToPasteHasWhatAShellMayTakeOtherwise(t *testing.T) {
	t.Parallel()
	lines := 0
	for _, p := range pages(t) {
		for _, f := range p.fences {
			if f.language != "sh" && f.language != "console" {
				continue
			}
			for line := range strings.Lines(f.body) {
				lines++
				typed := f.language == "sh" || strings.HasPrefix(strings.TrimSpace(line), "$ ")
				if typed && (comment.MatchString(line) || strings.ContainsAny(line, "!\t")) {
					t.Errorf("%s: a comment, a ! or a tab does not paste into every shell: %s", p.path, line)
				}
			}
		}
	}
	if lines < 100 {
		t.Errorf("only %d lines are there", lines)
	}
}
