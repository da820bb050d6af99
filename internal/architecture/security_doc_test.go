package architecture_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// securityRow is a line of a table of docs/security.md.
type securityRow struct {
	id    string
	tests []string
	rest  string // what is not held, and why
}

var (
	rowID     = regexp.MustCompile(`^[AB]\d{2}$`)
	namedTest = regexp.MustCompile("`((?:Test|Fuzz)[A-Z][^`]*)`")
	linked    = regexp.MustCompile(`\]\([a-z-]+\.md(#[^)]*)?\)`)
	reasoned  = regexp.MustCompile(`^Not (held|applicable)[^.]*: \S`)
)

func securityRows(t *testing.T) []securityRow {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []securityRow
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		id := strings.TrimSpace(cells[0])
		if !rowID.MatchString(id) {
			continue
		}
		if len(cells) != 5 {
			t.Errorf("%s has %d cells, want 5", id, len(cells))
			continue
		}
		row := securityRow{id: id, rest: strings.TrimSpace(cells[4])}
		for _, match := range namedTest.FindAllStringSubmatch(cells[3], -1) {
			row.tests = append(row.tests, match[1])
		}
		rows = append(rows, row)
	}
	return rows
}

func TestEveryRequirementAndIncidentHasATestOrAReason(t *testing.T) {
	t.Parallel()
	rows := securityRows(t)
	var want []string
	for table, last := range map[string]int{"A": 82, "B": 37} {
		for n := 1; n <= last; n++ {
			want = append(want, fmt.Sprintf("%s%02d", table, n))
		}
	}
	times := map[string]int{}
	for _, row := range rows {
		times[row.id]++
		if len(row.tests) == 0 && !reasoned.MatchString(row.rest) && !linked.MatchString(row.rest) {
			t.Errorf("%s has neither a test nor a reason", row.id)
		}
	}
	for _, id := range want {
		if times[id] != 1 {
			t.Errorf("%s has %d lines, want 1", id, times[id])
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d lines, want %d", len(rows), len(want))
	}
}

func TestEveryTestThatHoldsSecurityExists(t *testing.T) {
	t.Parallel()
	functions, contracts := testsInTheTree(t)
	for _, row := range securityRows(t) {
		for _, name := range row.tests {
			function, part, _ := strings.Cut(name, "/")
			if !functions[function] {
				t.Errorf("%s names %s, which is no test", row.id, function)
			}
			for _, text := range strings.Split(part, "/") {
				if text != "" && !contracts[strings.ReplaceAll(text, "_", " ")] {
					t.Errorf("%s names the contract %q, which repotest has not", row.id, text)
				}
			}
		}
	}
}

// testsInTheTree returns the test functions, and the texts in repotest, of which
// the names of contracts are some.
func testsInTheTree(t *testing.T) (functions, contracts map[string]bool) {
	t.Helper()
	functions, contracts = map[string]bool{}, map[string]bool{}
	for _, f := range sources(t) {
		if strings.HasSuffix(f.path, "_test.go") {
			for _, decl := range f.syntax.Decls {
				if function, ok := decl.(*ast.FuncDecl); ok && function.Recv == nil {
					functions[function.Name.Name] = true
				}
			}
		}
		if within(f.folder, "repository/repotest") {
			ast.Inspect(f.syntax, func(node ast.Node) bool {
				if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, _ := strconv.Unquote(literal.Value)
					contracts[strings.ReplaceAll(text, "_", " ")] = true // a name of a test has no blanks
				}
				return true
			})
		}
	}
	return functions, contracts
}
