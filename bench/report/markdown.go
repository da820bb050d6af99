package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Markdown shows a run. Figures are medians of the rounds, with the least and the most in parentheses.
func Markdown(r Result) string {
	lines := Summary(r.Cells)
	sections := []string{
		ran(r),
		ofPlain(r.Cells),
		parts(r.Cells),
		verifications(lines),
		replicas(lines),
		others(lines),
		listings(lines),
		listed(r.Cells),
		pruned(r.Cells),
		noisy(r.Cells),
		datasets(r.Datasets),
		trails(r.Datasets),
		footprint(r.Footprint),
		uncountedAnswers(lines),
	}
	return strings.Join(slices.DeleteFunc(sections, func(s string) bool { return s == "" }), "\n")
}

// table is a Markdown table.
type table struct {
	text strings.Builder
	rows int
}

func newTable(titles ...string) *table {
	t := &table{}
	t.line(titles)
	t.line(slices.Repeat([]string{"---"}, len(titles)))
	t.rows = 0
	return t
}

func (t *table) line(cells []string) {
	fmt.Fprintf(&t.text, "| %s |\n", strings.Join(cells, " | "))
	t.rows++
}

func (t *table) row(cells ...string) { t.line(cells) }

// under is the table with a heading; nothing when it has no rows.
func (t *table) under(heading string) string {
	if t.rows == 0 {
		return ""
	}
	return "### " + heading + "\n\n" + t.text.String()
}

// onWhat names the engine and the size.
func onWhat(k Key) string {
	engine := map[string]string{"postgresql": "PostgreSQL", "sqlite": "SQLite", baseline: "PostgreSQL"}[k.Engine]
	return engine + ", " + grouped(int64(k.Users))
}

func verifications(lines []Line) string {
	t := newTable("", "on, users", "c", "per second", "of pgbench", "p50 ms", "p95 ms", "p99 ms", "of pgbench",
		"CPU us: server", "PostgreSQL", "load", "of pgbench", "memory MB", "peak MB")
	for _, l := range byMeasure(lines, baseline, "plain", "plain-read", "verify", "verify-again") {
		t.row(names[l.Measure], onWhat(l.Key), grouped(int64(l.Concurrency)), ranged(l.PerSecond), number(l.Ratio.Median),
			number(l.P50.Median), number(l.P95.Median), number(l.P99.Median), number(l.P99Ratio.Median),
			number(l.CPUServer.Median), number(l.CPUPostgres.Median), number(l.CPULoad.Median), number(l.CPURatio.Median),
			megabytes(l.Resident.Median), megabytes(l.Peak.Median))
	}
	return t.under("Verifications")
}

func replicas(lines []Line) string {
	t := newTable("replicas", "on, users", "c", "verifications per second", "CPU us: servers", "PostgreSQL", "both",
		"p99 ms", "memory MB")
	for _, l := range byMeasure(lines, "replicas") {
		t.row(grouped(int64(l.Replicas)), onWhat(l.Key), grouped(int64(l.Concurrency)), ranged(l.PerSecond),
			number(l.CPUServer.Median), number(l.CPUPostgres.Median), number(l.CPUServer.Median+l.CPUPostgres.Median),
			number(l.P99.Median), megabytes(l.Resident.Median))
	}
	return t.under("Several replicas on one PostgreSQL")
}

func others(lines []Line) string {
	t := newTable("", "on, users", "c", "per second", "p50 ms", "p95 ms", "p99 ms", "CPU us: server", "PostgreSQL", "load")
	for _, l := range byMeasure(lines, "login", "decision", "recovery-code", "enrollment-begin", "enrollment", "status-1000", "import",
		"list", "list-deep", "list-prefix", "list-letter", "policy-preview") {
		t.row(names[l.Measure], onWhat(l.Key), grouped(int64(l.Concurrency)), ranged(l.PerSecond),
			number(l.P50.Median), number(l.P95.Median), number(l.P99.Median),
			number(l.CPUServer.Median), number(l.CPUPostgres.Median), number(l.CPULoad.Median))
	}
	return t.under("Other calls")
}

// byMeasure returns the lines of some measures: by measure, engine, size, and then concurrency and replicas in
// the order of measuring, so that one thing's stand below each other.
func byMeasure(lines []Line, measures ...string) []Line {
	found := slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return !slices.Contains(measures, l.Measure) })
	slices.SortStableFunc(found, func(a, b Line) int {
		return cmp.Or(
			cmp.Compare(slices.Index(measures, a.Measure), slices.Index(measures, b.Measure)),
			cmp.Compare(a.Engine, b.Engine), cmp.Compare(a.Users, b.Users),
		)
	})
	return found
}
