package architecture_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// What depends on the time is told the time: else no table test could try it.
func TestTheDomainReadsNoClock(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, f := range sources(t) {
		if f.test || !strings.HasPrefix(f.path, "service/domain/") {
			continue
		}
		seen++
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, _ := s.X.(*ast.Ident)
			if x != nil && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, s.Sel.Name) {
				t.Errorf("%s reads the clock by time.%s", f.path, s.Sel.Name)
			}
			return true
		})
	}
	if seen == 0 {
		t.Error("no file of service/domain was found")
	}
}
