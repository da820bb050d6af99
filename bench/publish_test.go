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
<!-- results: bench-neighbours -->
<!-- end of results: bench-neighbours -->
<!-- results: bench-neighbours-before -->
<!-- end of results: bench-neighbours-before -->
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
	p := publishCommand{
		Results: t.TempDir(), Document: filepath.Join(t.TempDir(), "performance.md"), Scaling: filepath.Join(t.TempDir(), "scaling.md"),
	}
	write(t, p.Document, document)
	write(t, p.Scaling, "before\n<!-- results: capacity -->\n<!-- end of results: capacity -->\nafter\n")
	return p
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKeptResultsGoBetweenTheirMarks(t *testing.T) {
	t.Parallel()
	p := place(t, emptyDocument)
	first := published(t, p)
	if !strings.Contains(first, "No run has been kept yet. `make bench` makes one.") {
		t.Errorf("without a result the document says\n%s", first)
	}
	result := report.Result{Cells: []report.Cell{
		{Key: report.Key{Measure: verify, Engine: postgres, Users: 10_000, Concurrency: 8}, PerSecond: 4321},
	}}
	if err := result.Write(filepath.Join(p.Results, "bench.json")); err != nil {
		t.Fatal(err)
	}
	second := published(t, p)
	for _, text := range []string{"before\n", "4,321", "](performance/bench-verifications.svg)", "\nbetween\n", "`make bench-scale` makes one", "`make bench-neighbours` makes one", "\nafter\n"} {
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

func TestWhatTheResultsSayOfSizesGoesIntoTheOtherDocument(t *testing.T) {
	t.Parallel()
	p := place(t, emptyDocument)
	key := report.Key{Measure: verify, Engine: postgres, Users: 1000, Concurrency: 8}
	result := report.Result{
		Cells:    []report.Cell{{Key: key, PerSecond: 4321, CPUServer: 250, CPUPostgres: 100}},
		Datasets: []report.Dataset{{Engine: postgres, Enrolled: 1000, Others: 100, Bytes: map[string]int64{"": 2_200_000}}},
	}
	if err := result.Write(filepath.Join(p.Results, "bench.json")); err != nil {
		t.Fatal(err)
	}
	published(t, p)
	got, err := os.ReadFile(p.Scaling)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"before\n", "| verifications per second for each core of PostgreSQL | 10,000 |", "| for each core of replicas | 4,000 |",
		"| cores of replicas to each core of PostgreSQL | 2.50 |", "| disk for each user, bytes | 2,000 |", "\nafter\n",
	} {
		if !strings.Contains(string(got), text) {
			t.Errorf("the document lacks %q:\n%s", text, got)
		}
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

// What no report shows is not kept, whoever wrote the file.
func TestTheKeptResultsAreWrittenAsARunWritesThem(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("results/bench*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, path := range files {
		result, err := report.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		again := filepath.Join(t.TempDir(), "again.json")
		if err := result.Write(again); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(again)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
			t.Errorf("%s is not as Result.Write has it, %v", path, err)
		}
	}
}

// Nobody types a figure: what the documents show is what the kept results say.
func TestTheDocumentsShowTheKeptResults(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	performance, scaling := read("../docs/performance.md"), read("../docs/scaling.md")
	p := place(t, performance)
	write(t, p.Scaling, scaling)
	p.Results = "results"
	if diff := cmp.Diff(performance, published(t, p)); diff != "" {
		t.Errorf("run: make bench-publish (-docs/performance.md +results):\n%s", diff)
	}
	if diff := cmp.Diff(scaling, read(p.Scaling)); diff != "" {
		t.Errorf("run: make bench-publish (-docs/scaling.md +results):\n%s", diff)
	}
}
