package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// neighbours is a cell of a tenant that has another beside it.
func neighbours(round int, measure string, workers, beside int, p99 float64) Cell {
	c := at(round, measure, workers, 100)
	c.Beside, c.P99 = beside, p99
	return c
}

func rowsOf(text, begin string) (rows []string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| "+begin+" |") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	return rows
}

// A machine that was slow in one round was slow for all cells of it.
func TestAQuietTenantIsHeldAgainstItsShareWithinEachRound(t *testing.T) {
	t.Parallel()
	var cells []Cell
	for round, slow := range map[int]float64{1: 1, 2: 10, 3: 2} {
		cells = append(cells,
			neighbours(round, "fairness", 4, 0, 5*slow), neighbours(round, "fairness-half", 4, 0, 10*slow),
			neighbours(round, "fairness", 4, 4, 8*slow), neighbours(round, "fairness-noisy", 4, 4, 8*slow),
			neighbours(round, "fairness", 4, 320, 40*slow), neighbours(round, "fairness-noisy", 320, 4, 500))
	}
	cells[4].NotCounted = map[string]int{"503": 7, "429": 1}
	text := Markdown(Result{Cells: cells})
	want := []string{
		"| the quiet tenant's verifications | 4 | - | 100 | - | 10.0 (5.00-50.0) | 0 | - | 0.50 | 0.62 | - |",
		"| the quiet tenant's verifications | 4 | 4 | 100 | - | 16.0 (8.00-80.0) | 0 | 1.60 | 0.80 | - | - |",
		"| the quiet tenant's verifications | 4 | 320 | 100 | - | 80.0 (40.0-400) | 7 | 8.00 | 4.00 | 5.00 | - |",
	}
	if diff := cmp.Diff(want, rowsOf(text, names["fairness"])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if noisy := rowsOf(text, names["fairness-noisy"]); len(noisy) != 2 || !strings.HasSuffix(noisy[0], "| 0 | - | - | - | - |") {
		t.Errorf("the noisy tenant is compared with the quiet one: %q", noisy)
	}
	if !strings.Contains(text, "at c=4 beside 320: 7 answers 503.") {
		t.Errorf("what was refused is not told:\n%s", text)
	}
}

func TestTheMarksOfATrailAreMetOrNot(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		p99     float64
		refused map[string]int
		want    string
	}{
		"fast":         {99, nil, "| 0 | yes |"},
		"slow":         {101, nil, "| 0 | **no** |"},
		"not answered": {1, map[string]int{"500": 1}, "| 1 | **no** |"},
	} {
		c := neighbours(1, "audit-list-rare", 1, 0, test.p99)
		c.NotCounted = test.refused
		if rows := rowsOf(Markdown(Result{Cells: []Cell{c}}), names[c.Measure]); len(rows) != 1 || !strings.HasSuffix(rows[0], test.want) {
			t.Errorf("%s: %q does not end with %q", name, rows, test.want)
		}
	}
	for beside, want := range map[float64]string{15: "| 1.50 | yes |", 15.1: "| 1.51 | **no** |"} {
		text := Markdown(Result{Cells: []Cell{neighbours(1, "audit-neighbour", 4, 0, 10), neighbours(1, "audit-neighbour", 4, 24, beside)}})
		rows := rowsOf(text, names["audit-neighbour"])
		if len(rows) != 2 || !strings.HasSuffix(rows[0], "| - | - |") || !strings.HasSuffix(rows[1], want) {
			t.Errorf("beside at %v ms: %q", beside, rows)
		}
	}
}

func TestAListSaysWhatItReadFromTheDisk(t *testing.T) {
	t.Parallel()
	cold, warm := neighbours(1, "audit-list-user", 1, 0, 20), neighbours(1, "audit-list-rare", 1, 0, 2)
	cold.DiskRead = 400 << 10
	text := Markdown(Result{Cells: []Cell{cold, warm}})
	for measure, want := range map[string]string{cold.Measure: "| yes | 400 |", warm.Measure: "| yes | - |"} {
		if rows := rowsOf(text, names[measure]); len(rows) != 1 || !strings.HasSuffix(rows[0], want) {
			t.Errorf("%q does not end with %q", rows, want)
		}
	}
	if text := Markdown(Result{Cells: []Cell{warm}}); strings.Contains(text, "disk |") {
		t.Errorf("nothing was read, and a column is for it:\n%s", text)
	}
}

// What a trail takes is no part of what a user takes.
func TestATrailIsShownBesideTheUsers(t *testing.T) {
	t.Parallel()
	text := Markdown(Result{Datasets: []Dataset{{
		Engine: "postgresql", Enrolled: 1000, Events: 10_000_000, SeedTime: 60,
		Bytes: map[string]int64{"": 9 << 30, "audit_events": 3 << 30, "indexes of audit_events": 2 << 30},
	}}})
	if strings.Contains(text, "### Size on disk") || !strings.Contains(text, "| PostgreSQL, 1,000 | 10,000,000 | 3,072 | 2,048 | 537 | 60.0 |") {
		t.Errorf("got\n%s", text)
	}
}
