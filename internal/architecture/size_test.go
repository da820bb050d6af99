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

// unbounded has a method for each operation, as the generated server demands.
const unbounded = "api.handlers"

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
	delete(methods, unbounded)
	for _, count := range []struct {
		what string
		of   map[string]int
		most int
	}{{"lines", lines, maxPackageLines}, {"files", files, maxPackageFiles}, {"methods", methods, maxMethods}} {
		for name, n := range count.of {
			if n > count.most {
				t.Errorf("%s has %d %s, want at most %d", name, n, count.what, count.most)
			}
		}
	}
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
