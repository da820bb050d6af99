package architecture_test

import (
	"go/ast"
	"testing"
)

// What one can still read in an afternoon.
const (
	maxPackageLines = 3000
	maxPackageFiles = 30
	maxMethods      = 25 // that are declared: what a type embeds does not count
)

// larger are the types above the limit, and how many methods each has. They may shrink, and leave the list when they
// are within.
var larger = map[string]int{
	"api.handlers": 32, // one for each operation, as the generated server demands
}

func TestPackagesAndTypesAreSmall(t *testing.T) {
	t.Parallel()
	lines, files, methods := map[string]int{}, map[string]int{}, map[string]int{}
	for _, f := range sources(t) {
		if f.test || ast.IsGenerated(f.syntax) {
			continue
		}
		lines[f.folder] += f.lines
		files[f.folder]++
		for _, declared := range f.syntax.Decls {
			if method, ok := declared.(*ast.FuncDecl); ok && method.Recv != nil {
				methods[f.folder+"."+receiver(method.Recv.List[0].Type)]++
			}
		}
	}
	within := func(what string, got, larger map[string]int, most int) {
		for name, n := range got {
			if limit := max(most, larger[name]); n > limit {
				t.Errorf("%s has %d %s, want at most %d", name, n, what, limit)
			}
		}
		for name := range larger {
			if got[name] <= most {
				t.Errorf("%s has %d %s, within the limit: take it off the list", name, got[name], what)
			}
		}
	}
	within("lines", lines, nil, maxPackageLines)
	within("files", files, nil, maxPackageFiles)
	within("methods", methods, larger, maxMethods)
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
