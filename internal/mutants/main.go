// Command mutants tests the tests: it breaks the code on purpose, one guard at
// a time, and shows that a test fails for each. The sources on disk are never
// touched: the go command compiles the broken copy through an overlay.
//
//	go run ./internal/mutants            all of them
//	go run ./internal/mutants -run spent those whose name matches
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// mutant is one guard taken away.
type mutant struct {
	guard   string // what is broken
	file    string
	old     string // occurs exactly once in file
	new     string
	pkg     string // whose tests must notice
	pattern string // of the tests that are run
}

// apart are the modules beside the one of the service.
var apart = []string{"clients/go", "examples/host"}

// perMutant bounds one run of the tests; a mutant that hangs is caught too.
const perMutant = 3 * time.Minute

func main() {
	pattern := flag.String("run", "", "only mutants whose guard matches this regular expression")
	flag.Parse()
	chosen, err := choose(*pattern)
	if err == nil {
		err = hunt(context.Background(), chosen)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func choose(pattern string) ([]mutant, error) {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	var chosen []mutant
	for _, m := range mutants {
		if wanted.MatchString(m.guard) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("no mutant has such a name")
	}
	return chosen, nil
}

// hunt prints the table, and fails if a mutant survived.
func hunt(ctx context.Context, chosen []mutant) error {
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var broken []error
	for _, m := range chosen { // a table that needs mending is told at once, with all that is wrong in it
		if err := m.compiles(ctx, dir); err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", m.guard, err))
		}
	}
	if err := errors.Join(broken...); err != nil {
		return err
	}
	caught := 0
	for i, m := range chosen {
		began := time.Now()
		by, err := m.run(ctx, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", m.guard, err)
		}
		verdict := "SURVIVED"
		if by != "" {
			caught++
			verdict = "caught by " + by
		}
		fmt.Printf("%2d/%d  %-62s %s (%.1fs)\n", i+1, len(chosen), m.guard, verdict, time.Since(began).Seconds())
	}
	fmt.Printf("%d of %d caught\n", caught, len(chosen))
	if caught < len(chosen) {
		return errors.New("the tests miss what survived")
	}
	return nil
}

func (m mutant) compiles(ctx context.Context, dir string) error {
	if filepath.Ext(m.file) != ".go" { // it is embedded
		return nil
	}
	overlay, err := m.overlay(dir)
	if err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "-C", m.module(), "build", "-overlay", overlay, m.inModule(filepath.Dir(m.file)))
	out, err := build.CombinedOutput()
	if err != nil {
		return fmt.Errorf("it does not compile: %s", out)
	}
	return nil
}

// run returns the first test that failed with the mutant in place, or "".
func (m mutant) run(ctx context.Context, dir string) (string, error) {
	overlay, err := m.overlay(dir)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, perMutant)
	defer cancel()
	test := exec.CommandContext(ctx, "go", "-C", m.module(), "test", "-count=1", "-failfast", "-vet=off", "-overlay", overlay, "-run", m.pattern, m.inModule(m.pkg))
	// In the environment too, for the programs that the tests build: one that is built already is without the mutant.
	// What the mutant leaves as it is, `make build` has compiled by these flags.
	test.Env = append(os.Environ(), "COUNTERSIGN_TEST_BINARY=", "CGO_ENABLED=0",
		strings.TrimSpace("GOFLAGS="+os.Getenv("GOFLAGS")+" -trimpath -tags=timetzdata -overlay="+overlay))
	out, err := test.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return "a test that never ends", nil
	case err == nil:
		return "", nil
	}
	failed := regexp.MustCompile(`--- FAIL: (\w+)`).FindSubmatch(out)
	if failed == nil {
		return "", fmt.Errorf("the tests ended in another way: %s", out)
	}
	return string(failed[1]), nil
}

// module is the folder of the module that the file belongs to.
func (m mutant) module() string {
	for _, folder := range apart {
		if strings.HasPrefix(m.file, folder+"/") {
			return folder
		}
	}
	return "."
}

// inModule is a folder of the repository as the module's go command names it.
func (m mutant) inModule(folder string) string {
	folder = strings.TrimPrefix(folder, "./")
	if m.module() != "." {
		folder = strings.TrimPrefix(strings.TrimPrefix(folder, m.module()), "/")
	}
	return "./" + folder
}

// overlay writes the broken copy and the file that puts it in the place of the
// original.
func (m mutant) overlay(dir string) (string, error) {
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		return "", fmt.Errorf("%q occurs %d times in %s, want once: mend the table", m.old, n, m.file)
	}
	broken := filepath.Join(dir, "broken.go")
	if err := os.WriteFile(broken, []byte(strings.Replace(string(source), m.old, m.new, 1)), 0o600); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{original: broken}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}
