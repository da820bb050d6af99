package report

import "slices"

// partsOf is what calls before and around verifications are held against, and the part of its CPU that is their mark; 0: none.
// Users are not remembered: neither by whoever decides or verifies, nor by the plain handler, which reads the row.
var partsOf = map[string]struct {
	whole string
	mark  float64
}{
	"decision":         {"verify", 0.5},
	"login":            {"verify", 1.4},
	"enrollment-begin": {"plain-read", 0},
	"enrollment":       {"plain-read", 0},
}

// parts holds decisions against a verification, and enrollments against the plain handler. A run without that handler
// has no such table: those that were kept measured decisions for a shorter time than verifications, by colder sessions.
func parts(cells []Cell) string {
	if !slices.ContainsFunc(cells, func(c Cell) bool { return c.Measure == "plain-read" }) {
		return ""
	}
	t := partTable("both: at most", "is met")
	for _, l := range byMeasure(Summary(cells), "decision", "login", "enrollment-begin", "enrollment") {
		if whole, found := measuredBeside(cells, l.Key, partsOf[l.Measure].whole); found {
			t.row(append(asPart(cells, l.Key, whole.Key), l.mark(cells, whole.Key)...)...)
		}
	}
	return t.under("Decisions as a part of a verification, and enrollments of a plain handler")
}

// mark is the most that a line may take of the processors, as a part of another's, and whether that is so.
func (l Line) mark(cells []Cell, whole Key) []string {
	most, taken := partsOf[l.Measure].mark, ratioTo(cells, l.Key, whole, Cell.cpu).Median
	if most == 0 || taken == 0 {
		return []string{number(most), "-"}
	}
	return []string{number(most), yes(l.refused() == 0 && taken <= most)}
}
