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
// Here a proof is evaluated in one place, and codes are matched by their kind alone.
func TestProofsAreDecidedInOnePlace(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{ // what is called: the only file that may
		"evaluate":               "spend.go",
		"Judge":                  "proof.go",
		"Spend":                  "proof.go",
		"Match":                  "totp/claim.go",
		"MatchPair":              "totp/claim.go",
		"decideRight":            "spend.go",
		"decideWrong":            "spend.go",
		"decideRefused":          "spend.go",
		"recordRecoveryCode":     "recovery_code.go",
		"CurrentRecoveryCodeKey": "recovery_code.go",
	}
	called := map[string][]string{}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	kind, err := filepath.Glob("totp/*.go")
	if err != nil || len(kind) < 5 {
		t.Fatalf("%d files: %v", len(kind), err)
	}
	for _, file := range slices.Concat(files, kind) {
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

// callsIn returns the names of the methods and functions that a file calls.
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
			switch called := call.Fun.(type) {
			case *ast.SelectorExpr:
				names = append(names, called.Sel.Name)
			case *ast.Ident:
				names = append(names, called.Name)
			}
		}
		return true
	})
	return names
}
