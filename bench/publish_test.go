package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/bench/report"
)

const emptyDocument = `before
<!-- results: bench -->
<!-- end of results: bench -->
between
<!-- results: bench-scale -->
<!-- end of results: bench-scale -->
after
`

func published(t *testing.T, p publishCommand) string {
	t.Helper()
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(p.Document)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func place(t *testing.T, document string) publishCommand {
	t.Helper()
	p := publishCommand{Results: t.TempDir(), Document: filepath.Join(t.TempDir(), "performance.md")}
	if err := os.WriteFile(p.Document, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestKeptResultsGoBetweenTheirMarks(t *testing.T) {
	t.Parallel()
	p := place(t, emptyDocument)
	first := published(t, p)
	if !strings.Contains(first, "No run has been kept yet. `make bench` makes one.") {
		t.Errorf("without a result the document says\n%s", first)
	}
	result := report.Result{Cells: []report.Cell{
		{Key: report.Key{Measure: verify, Engine: postgres, Users: 10_000, Concurrency: 8}, Good: 1, PerSecond: 4321},
	}}
	if err := result.Write(filepath.Join(p.Results, "bench.json")); err != nil {
		t.Fatal(err)
	}
	second := published(t, p)
	for _, text := range []string{"before\n", "4,321", "](performance/bench-verifications.svg)", "\nbetween\n", "`make bench-scale` makes one", "\nafter\n"} {
		if !strings.Contains(second, text) {
			t.Errorf("the document lacks %q:\n%s", text, second)
		}
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(p.Document), "performance", "bench-latency.svg")); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(second, published(t, p)); diff != "" {
		t.Errorf("published again, the document changes (-before +after):\n%s", diff)
	}
}

func TestADocumentWithoutMarksIsLeftAlone(t *testing.T) {
	t.Parallel()
	p := place(t, "no marks\n")
	if err := p.Run(); err == nil {
		t.Error("published into a document that has no place for it")
	}
	if text, err := os.ReadFile(p.Document); err != nil || string(text) != "no marks\n" {
		t.Errorf("it now says %q, %v", text, err)
	}
}

// Nobody types a figure: what the document shows is what the kept results say.
func TestTheDocumentShowsTheKeptResults(t *testing.T) {
	t.Parallel()
	is, err := os.ReadFile("../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	p := place(t, string(is))
	p.Results = "results"
	if diff := cmp.Diff(string(is), published(t, p)); diff != "" {
		t.Errorf("run: make bench-publish (-document +results):\n%s", diff)
	}
}
