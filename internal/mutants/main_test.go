package main

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The whole hunt is `make mutants`; what it needs of the code is held here.
func TestEveryMutantFitsTheCodeAndIsNamedOnce(t *testing.T) {
	t.Chdir("../..")
	var names []string
	for _, m := range mutants {
		if _, err := m.overlay(t.TempDir()); err != nil {
			t.Errorf("%s: %v", m.guard, err)
		}
		names = append(names, m.guard)
	}
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) {
		t.Errorf("%d mutants have %d names", len(names), len(unique))
	}
}

// A slice of the hunt: those of the smallest packages, one in a program that tests build, and one that nobody can catch.
func TestAMutantIsCaughtOrSaidToSurvive(t *testing.T) {
	t.Chdir("../..")
	for _, test := range []struct {
		mutant mutant
		caught bool
	}{
		{named(t, "window: a code two steps old is accepted"), true},
		{named(t, "associated data: the purpose is not bound"), true},
		{mutant{
			"in a program that tests build", "cmd/countersign/shutdown.go", `"every request has been answered"`, `"nobody asked"`,
			"./internal/process", "NoSettingOfItsStarter",
		}, true},
		{mutant{"a name alone", "service/totp/step.go", "package totp", "package totp // renamed", "./service/totp", "Window"}, false},
	} {
		by, err := test.mutant.run(t.Context(), t.TempDir())
		if err != nil || (by != "") != test.caught {
			t.Errorf("%s: caught by %q, %v; want it caught: %v", test.mutant.guard, by, err, test.caught)
		}
	}
}

func named(t *testing.T, guard string) mutant {
	t.Helper()
	for _, m := range mutants {
		if m.guard == guard {
			return m
		}
	}
	t.Fatalf("no mutant is named %q", guard)
	return mutant{}
}

// Tests that have moved to another package would catch nothing where they were.
func TestEveryMutantNamesTestsThatExist(t *testing.T) {
	t.Chdir("../..")
	tests := map[string][]string{} // by what names the packages
	for _, m := range mutants {
		if tests[m.pkg] == nil {
			tests[m.pkg] = testsOf(t, m)
		}
		name, _, _ := strings.Cut(m.pattern, "/") // what follows is of subtests
		pattern, err := regexp.Compile(name)
		if err != nil {
			t.Fatalf("%s: %v", m.guard, err)
		}
		if !slices.ContainsFunc(tests[m.pkg], pattern.MatchString) {
			t.Errorf("%s: no test in %s is named like %q", m.guard, m.pkg, m.pattern)
		}
	}
}

var testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)

// testsOf are the names of the tests in a mutant's packages.
func testsOf(t *testing.T, m mutant) (names []string) {
	t.Helper()
	root, below := strings.CutSuffix(m.pkg, "/...")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && path != root && !below {
			return cmp.Or(err, fs.SkipDir)
		}
		if strings.HasSuffix(path, "_test.go") {
			source, err := os.ReadFile(path)
			for _, match := range testFunc.FindAllSubmatch(source, -1) {
				names = append(names, string(match[1]))
			}
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
