package service

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Most flaws of comparable products were a second route that skipped the check.
// Here a proof is evaluated in one place, and codes are matched by its kinds alone.
func TestProofsAreDecidedInOnePlace(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{ // what is called: the only file that may
		"evaluate":               "spend.go",
		"Match":                  "proof.go",
		"MatchPair":              "proof.go",
		"decideRight":            "spend.go",
		"decideWrong":            "spend.go",
		"recordCode":             "proof.go",
		"recordRecoveryCode":     "recovery_code.go",
		"currentRecoveryCodeKey": "recovery_code.go",
	}
	called := map[string][]string{}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, name := range callsIn(t, file) {
			if _, ok := allowed[name]; ok && !slices.Contains(called[name], file) {
				called[name] = append(called[name], file)
			}
		}
	}
	for name, file := range allowed {
		if got := called[name]; !slices.Equal(got, []string{file}) {
			t.Errorf("%s is called in %v, want in %s alone", name, got, file)
		}
	}
}

// callsIn returns the names of the methods and qualified functions that a file calls.
func callsIn(t *testing.T, path string) (names []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if selected, ok := call.Fun.(*ast.SelectorExpr); ok {
				names = append(names, selected.Sel.Name)
			}
		}
		return true
	})
	return names
}
