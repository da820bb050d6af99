package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// taking is a cell of one of the calls that take a part of another.
func taking(round int, measure string, perSecond, p99, server, postgres float64) Cell {
	c := at(round, measure, 32, perSecond)
	c.P99, c.CPUServer, c.CPUPostgres = p99, server, postgres
	return c
}

const partsTitle = "### Decisions as a part of a verification, and enrollments of a plain handler\n\n"

// partRows are the rows of that table alone, which "Other calls" has too.
func partRows(cells []Cell) []string {
	_, section, _ := strings.Cut(Markdown(Result{Cells: cells}), partsTitle)
	section, _, _ = strings.Cut(section, "\n\n")
	lines := strings.Split(section, "\n")
	return lines[min(2, len(lines)):]
}

// Like is held against like: those who are decided about are not remembered, and neither are those who are verified.
func TestADecisionIsHeldAgainstTheVerificationOfWhoIsNotRemembered(t *testing.T) {
	t.Parallel()
	cells := []Cell{
		taking(1, "plain-read", 2000, 4, 100, 100), taking(1, "verify", 1000, 5, 300, 100), taking(1, "verify-again", 9000, 1, 10, 10),
		taking(1, "decision", 2000, 2.5, 90, 90), taking(1, "login", 700, 10, 420, 120),
		taking(1, "enrollment-begin", 500, 40, 900, 100), taking(1, "enrollment", 200, 80, 3000, 1000),
		taking(2, "plain-read", 200, 4, 100, 100), taking(2, "verify", 100, 5, 300, 100), taking(2, "decision", 200, 2.5, 90, 130),
	}
	want := []string{
		"| decision | verify | PostgreSQL, 1,000,000 | 32 | 2.00 | 0.50 | 0.30 | 1.10 (0.90-1.30) | 0.50 (0.45-0.55) | 0.50 | yes |",
		"| login: decision, then verify | verify | PostgreSQL, 1,000,000 | 32 | 0.70 | 2.00 | 1.40 | 1.20 | 1.35 | 1.40 | yes |",
		"| enrollment: begin | plain handler, which reads the row first | PostgreSQL, 1,000,000 | 32 | 0.25 | 10.0 | 9.00 | 1.00 | 5.00 | - | - |",
		"| enrollment: begin, then confirm | plain handler, which reads the row first | PostgreSQL, 1,000,000 | 32 | 0.10 | 20.0 | 30.0 | 10.0 | 20.0 | - | - |",
	}
	if diff := cmp.Diff(want, partRows(cells)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	before, _, _ := strings.Cut(Markdown(Result{Cells: cells}), partsTitle)
	if strings.Count(before, "### ") != 1 || !strings.Contains(before, "### Verifications as a part of a plain handler\n") {
		t.Errorf("before it comes\n%s", before)
	}
}

func TestTheMarksOfADecisionAreMetOrNot(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		measure  string
		postgres float64 // beside 100 of the server, where a verification takes 400
		refused  map[string]int
		want     string
	}{
		"half":             {"decision", 100, nil, "| 0.50 | 0.50 | yes |"},
		"more than half":   {"decision", 104, nil, "| 0.51 | 0.50 | **no** |"},
		"not all answered": {"decision", 10, map[string]int{"503": 1}, "| 0.28 | 0.50 | **no** |"},
		"a login":          {"login", 460, nil, "| 1.40 | 1.40 | yes |"},
		"a dear login":     {"login", 464, nil, "| 1.41 | 1.40 | **no** |"},
	} {
		c := taking(1, test.measure, 1, 1, 100, test.postgres)
		c.NotCounted = test.refused
		rows := partRows([]Cell{taking(1, "plain-read", 1, 1, 1, 1), taking(1, "verify", 1, 1, 200, 200), c})
		if len(rows) != 1 || !strings.HasSuffix(rows[0], test.want) {
			t.Errorf("%s: %q does not end with %q", name, rows, test.want)
		}
	}
}

// What was measured in different ways is not compared.
func TestARunWithoutAPlainHandlerHoldsNoDecisionAgainstAnything(t *testing.T) {
	t.Parallel()
	if rows := partRows([]Cell{taking(1, "verify", 1, 1, 200, 200), taking(1, "decision", 1, 1, 100, 100)}); len(rows) > 0 {
		t.Errorf("it has %q", rows)
	}
}
