// Package docs_test holds the documents to the program they describe.
package docs_test

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sources is the text of all Go files below a folder; tests alone, or none.
func sources(t *testing.T, folder string, tests bool) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") != tests {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// captured returns the first group of every match, sorted, each once.
func captured(pattern, text string) []string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for _, target := range captured(`\]\(([^)\s]+)\)`, p.prose) {
			if strings.Contains(target, "://") {
				continue
			}
			file, fragment, _ := strings.Cut(target, "#")
			linked := p
			if file != "" {
				name := path.Join(path.Dir(p.path), file)
				if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
					t.Errorf("%s: %s leads nowhere", p.path, target)
					continue
				}
				if fragment != "" {
					linked = readPage(t, name)
				}
			}
			if fragment != "" && !linked.anchors()[fragment] {
				t.Errorf("%s: %s has no heading %s", p.path, linked.path, target)
			}
		}
	}
}

const variable = `\b(COUNTERSIGN_[A-Z][A-Z_]*[A-Z])\b`

// settings are the environment variables that the program reads.
func settings(t *testing.T) []string {
	t.Helper()
	source := sources(t, "cmd/countersign", false)
	known := append(captured(`env:"(COUNTERSIGN_[A-Z_]+)"`, source), captured(`BootstrapKey\s*=\s*"(COUNTERSIGN_[A-Z_]+)"`, source)...)
	slices.Sort(known)
	if len(known) < 10 {
		t.Fatalf("only these settings were found: %v", known)
	}
	return known
}

func TestTheREADMEListsEverySettingAndNoOther(t *testing.T) {
	t.Parallel()
	listed, known := captured("(?m)^\\| `(COUNTERSIGN_[A-Z_]+)`", readPage(t, "README.md").prose), settings(t)
	if !slices.Equal(listed, known) {
		t.Errorf("the table has\n%v\nand the program reads\n%v", listed, known)
	}
}

func TestEverySettingThatIsNamedExists(t *testing.T) {
	t.Parallel()
	known := append(settings(t), captured(variable, sources(t, "internal", false))...)
	for _, p := range pages(t) {
		for _, name := range captured(variable, p.text()) {
			if !slices.Contains(known, name) {
				t.Errorf("%s names %s, which the program does not read", p.path, name)
			}
		}
	}
}

func TestEveryTestThatIsNamedExists(t *testing.T) {
	t.Parallel()
	declared := captured(`(?m)^func ((?:Test|Fuzz)[A-Z]\w*)\(`, sources(t, "", true))
	named := 0
	for _, p := range pages(t) {
		for _, name := range captured("\\b((?:Test|Fuzz)[A-Z]\\w*[a-z]\\w*)\\b", p.text()) {
			named++
			if !slices.Contains(declared, name) {
				t.Errorf("%s names %s, which is no test", p.path, name)
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d tests are named", named)
	}
}

// What is written in code and begins with the program's name is a command.
// The folders of the repository by which a path in a document is told from other words.
var sourcePath = regexp.MustCompile("`((?:api|bench|clients|cmd|deploy|docs|e2e|examples|internal|proofs|repository|scripts|service|web)/[\\w./-]+)`")

func TestEveryFileThatIsNamedExists(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		if p.path == "CHANGELOG.md" {
			continue // which names what was
		}
		for _, found := range sourcePath.FindAllStringSubmatch(p.prose, -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(found[1]))); err != nil {
				t.Errorf("%s names %s: %v", p.path, found[1], err)
			}
		}
	}
}

func TestEveryCommandThatIsNamedExists(t *testing.T) {
	t.Parallel()
	program := processtest.Binary(t)
	var commands []string
	for _, p := range pages(t) {
		commands = append(commands, captured("`countersign ((?:[a-z]+(?:-[a-z]+)* ?)+)", p.prose)...)
		for _, f := range p.fences {
			if f.language == "sh" || f.language == "console" {
				commands = append(commands, captured(`(?m)(?:^|[\s/])countersign ((?:[a-z]+(?:-[a-z]+)* ?)+)`, f.body)...)
			}
		}
	}
	slices.Sort(commands)
	commands = slices.Compact(commands)
	if len(commands) < 8 {
		t.Errorf("only these commands were found: %q", commands)
	}
	for _, command := range commands {
		if !isCommand(program, strings.Fields(command)) {
			t.Errorf("there is no countersign %s", command)
		}
	}
}

func TestTheREADMEListsEveryCommandAndNoOther(t *testing.T) {
	t.Parallel()
	help, err := process.Command(t.Context(), ".", nil, processtest.Binary(t), "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, commands, _ := strings.Cut(string(help), "\nCommands:\n")
	known := captured(`(?m)^  ([a-z]+(?: [a-z-]+)?)  +`, commands)
	_, table, _ := strings.Cut(readPage(t, "README.md").prose, "\n## Command line\n")
	table, _, _ = strings.Cut(table, "\n\n`--help`")
	listed := captured("`countersign ([a-z -]+)`", table)
	if len(known) < 14 || !slices.Equal(listed, known) {
		t.Errorf("the table has\n%q\nand the program\n%q", listed, known)
	}
}

// isCommand asks for help, which is given for commands that exist. Words after
// a command may be its arguments.
func isCommand(program string, words []string) bool {
	return process.Command(context.Background(), ".", nil, program, append(slices.Clone(words), "--help")...).Run() == nil
}

func TestEveryTargetThatIsNamedExists(t *testing.T) {
	t.Parallel()
	targets := captured(`(?m)^([a-z][a-z0-9-]*):`, readFile(t, "Makefile"))
	for _, p := range pages(t) {
		for _, target := range captured("(?m)(?:`|^\\$ )make ([a-z][a-z0-9-]*)", p.text()) {
			if !slices.Contains(targets, target) {
				t.Errorf("%s names make %s, which the Makefile has not", p.path, target)
			}
		}
	}
}

func TestEveryOperationAndErrorCodeThatIsNamedIsInTheContract(t *testing.T) {
	t.Parallel()
	contract := readFile(t, "openapi.yaml")
	_, codes, _ := strings.Cut(contract, "    ProblemCode:")
	known := captured(`(?m)^        - ([a-z_]+)$`, codes)
	for _, p := range pages(t) {
		for _, code := range captured("\\b[45]\\d\\d `([a-z_]+)`", p.prose) {
			if !slices.Contains(known, code) {
				t.Errorf("%s names the error code %s, which the contract has not", p.path, code)
			}
		}
		for _, operation := range captured("`((?:GET|POST|PUT|PATCH|DELETE) /v1/[^ `?]+)", p.prose) {
			method, route, _ := strings.Cut(operation, " ")
			if !strings.Contains(pathItem(contract, route), "\n    "+strings.ToLower(method)+":\n") {
				t.Errorf("%s names %s, which the contract has not", p.path, operation)
			}
		}
	}
}

// pathItem is what the contract says of a path.
func pathItem(contract, route string) string {
	_, item, found := strings.Cut(contract, "\n  "+route+":\n")
	if !found {
		return ""
	}
	item, _, _ = strings.Cut(item, "\n  /")
	return "\n" + item
}

// The README shows what `make run` prints, and what it shows runs.
func TestTheREADMEShowsTheBannerAsItIs(t *testing.T) {
	t.Parallel()
	server := startDevelopment(t)
	shown, printedNow := readPage(t, "README.md").block(t, "text"), server.banner
	if want := bannerURL.ReplaceAllString(printedNow, "http://localhost:8080"); strings.TrimSpace(shown) != strings.TrimSpace(want) {
		t.Errorf("README.md shows\n%s\nand serve --dev prints\n%s", shown, want)
	}
	_, script, _ := strings.Cut(shown, "\nKEY=")
	script, _, _ = strings.Cut("KEY="+script, bannerEnd)
	walked := server.shell(t, strings.ReplaceAll(script, "http://localhost:8080", server.url))
	for _, word := range []string{`"recovery_codes":`, `"decision":"challenge"`, `"step_up_token":`, `"code":"code_invalid"`} {
		if !strings.Contains(walked, word) {
			t.Errorf("the walk-through printed no %s:\n%s", word, walked)
		}
	}
}
