package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The guide quotes the example, whose scenarios run in a browser, the hosts that the
// clients' READMEs show and their tests log in to, and of pages without the screens
// what the client for TypeScript tests there.
func TestTheCodeOfTheEmbeddingGuideIsTheExamples(t *testing.T) {
	t.Parallel()
	quoted := 0
	for _, f := range readPage(t, "docs/embedding.md").fences {
		if f.language == "mermaid" {
			continue
		}
		quoted++
		if !strings.Contains(example(t, f.language), f.body) {
			t.Errorf("examples/host and the clients have nowhere\n%s", f.body)
		}
	}
	if quoted < 8 {
		t.Errorf("only %d blocks are quoted", quoted)
	}
}

// The README shows the same, and the tag of a page as the components' page has it,
// where a browser tries it.
func TestTheCodeOfTheREADMEIsTheSamples(t *testing.T) {
	t.Parallel()
	for _, f := range readPage(t, "README.md").fences {
		if !slices.Contains([]string{"go", "js", "html"}, f.language) {
			continue
		}
		if !strings.Contains(example(t, f.language)+readFile(t, "docs/components.md"), f.body) {
			t.Errorf("the samples and docs/components.md have nowhere\n%s", f.body)
		}
	}
}

// samples are whole hosts, by their language.
var samples = map[string]string{"go": "clients/go/secondstep/example_test.go", "js": "clients/typescript/test/second-step/sample-host.js"}

// example is the text of all files of a language in the host's example, and of the
// sample in it.
func example(t *testing.T, language string) string {
	t.Helper()
	if language == "ts" {
		return readFile(t, "clients/typescript/test/passkey-page.ts")
	}
	var all strings.Builder
	if sample := samples[language]; sample != "" {
		all.WriteString(readFile(t, sample))
	}
	for _, folder := range []string{"", "pages", "static"} {
		files, err := filepath.Glob(filepath.Join(root, "examples/host", folder, "*."+language))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

var (
	participant = regexp.MustCompile(`(?m)^  (?:participant|actor) (\w+)`)
	message     = regexp.MustCompile(`^  (\w+)(?:->>|-->>)(\w+): (.+)$`)
	note        = regexp.MustCompile(`^  Note (?:over|right of) (\w+): .+$`)
	operation   = regexp.MustCompile(`^(GET|POST|PUT|PATCH|DELETE) (/v1/\S+)$`)
)

func TestTheSequenceDiagramsAreOfTheContract(t *testing.T) {
	t.Parallel()
	contract, diagrams, calls := readFile(t, "openapi.yaml"), 0, 0
	for _, f := range readPage(t, "docs/embedding.md").fences {
		lines, isDiagram := strings.CutPrefix(f.body, "sequenceDiagram\n")
		if f.language != "mermaid" || !isDiagram {
			continue
		}
		diagrams++
		known := captured(participant.String(), lines)
		for line := range strings.Lines(lines) {
			names, text := taken(t, strings.TrimRight(line, "\n"))
			for _, name := range names {
				if !slices.Contains(known, name) {
					t.Errorf("%q takes no part: %s", name, line)
				}
			}
			call := operation.FindStringSubmatch(text)
			if call == nil {
				continue
			}
			calls++
			if names[1] != "Countersign" || !strings.Contains(pathItem(contract, call[2]), "\n    "+strings.ToLower(call[1])+":\n") {
				t.Errorf("the contract has no such call: %s", line)
			}
		}
	}
	if diagrams < 5 || calls < 12 {
		t.Errorf("only %d diagrams with %d calls", diagrams, calls)
	}
}

// taken is a line taken apart: who it is about, and what it says.
func taken(t *testing.T, line string) (names []string, text string) {
	t.Helper()
	if m := message.FindStringSubmatch(line); m != nil {
		return m[1:3], m[3]
	}
	if m := note.FindStringSubmatch(line); m != nil {
		return m[1:2], ""
	}
	if !participant.MatchString(line) {
		t.Errorf("this is no line of a sequence diagram: %q", line)
	}
	return nil, ""
}
