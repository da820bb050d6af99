package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/bench/meter"
)

func TestSpreadsAreMediansBetweenTheLeastAndTheMost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		values []float64
		want   Spread
	}{
		{nil, Spread{}},
		{[]float64{4}, Spread{4, 4, 4}},
		{[]float64{9, 1, 2}, Spread{2, 1, 9}},
		{[]float64{4, 1, 2, 9}, Spread{3, 1, 9}},
	} {
		if diff := cmp.Diff(test.want, spread(test.values)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.values, diff)
		}
	}
}

func at(round int, measure string, concurrency int, perSecond float64) Cell {
	engine := "postgresql"
	if measure == baseline {
		engine = baseline
	}
	return Cell{
		Key:   Key{Measure: measure, Engine: engine, Users: 1_000_000, Replicas: 1, Concurrency: concurrency},
		Round: round, PerSecond: perSecond,
	}
}

// A machine that was slow in one round was slow for both.
func TestTheRatioIsTakenWithinEachRound(t *testing.T) {
	t.Parallel()
	lines := Summary([]Cell{
		at(1, baseline, 8, 1000), at(1, "verify", 8, 500), at(1, baseline, 1, 10), at(1, "verify", 1, 1),
		at(2, baseline, 8, 100), at(2, "verify", 8, 60),
		at(3, baseline, 8, 2000), at(3, "verify", 8, 800),
	})
	if len(lines) != 4 {
		t.Fatalf("%d lines, want 4", len(lines))
	}
	if diff := cmp.Diff(Spread{0.5, 0.4, 0.6}, lines[1].Ratio); diff != "" {
		t.Errorf("at 8 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Spread{500, 60, 800}, lines[1].PerSecond); diff != "" {
		t.Errorf("at 8 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Spread{0.1, 0.1, 0.1}, lines[3].Ratio); diff != "" {
		t.Errorf("at 1 (-want +got):\n%s", diff)
	}
	if without := Summary([]Cell{at(1, "verify", 8, 500)}); without[0].Ratio != (Spread{}) {
		t.Errorf("without a baseline the ratio is %v", without[0].Ratio)
	}
}

func TestFiguresAreShownWithAboutThreeDigits(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{
		0: "-", 0.004: "0.00", 0.5: "0.50", 9.99: "9.99", 9.996: "10.0", 44.44: "44.4", 99.96: "100", 999.5: "1,000", 16960: "16,960", 1234567: "1,234,567",
	} {
		if got := number(value); got != want {
			t.Errorf("%v is shown as %s, want %s", value, got, want)
		}
	}
}

func TestAnAnswerThatDoesNotCountIsTold(t *testing.T) {
	t.Parallel()
	refused := at(2, "verify", 8, 400)
	refused.NotCounted = map[string]int{"503": 7}
	cells := []Cell{at(1, "verify", 8, 500), refused}
	if text := Markdown(Result{Cells: cells}); !strings.Contains(text, "verify on PostgreSQL, 1,000,000 at c=8: 7 answers 503.") {
		t.Errorf("the report says nothing of it:\n%s", text)
	}
	if text := Uncounted(refused); !strings.Contains(text, "7 answers 503") {
		t.Errorf("the progress says %q", text)
	}
	if text := Markdown(Result{Cells: cells[:1]}); !strings.Contains(text, "Every answer was 200") {
		t.Errorf("without one, the report says\n%s", text)
	}
}

func TestEachMeasureIsShownUnderItsName(t *testing.T) {
	t.Parallel()
	for measure, name := range names {
		if text := Markdown(Result{Cells: []Cell{at(1, measure, 8, 123.4)}}); !strings.Contains(text, " 123 |") ||
			measure != "replicas" && !strings.Contains(text, "| "+name+" |") {
			t.Errorf("%s is not shown:\n%s", measure, text)
		}
	}
}

func TestTablesHaveAsManyCellsInEachRow(t *testing.T) {
	t.Parallel()
	result := Result{
		Began: time.Unix(0, 0), Datasets: []Dataset{{Engine: "sqlite", Enrolled: 10, Bytes: map[string]int64{"": 1}}},
		Footprint: &Footprint{BinaryBytes: 1, ReadyMS: []float64{1, 2}, IdleBytes: []int64{3}},
	}
	for measure := range names {
		result.Cells = append(result.Cells, at(1, measure, 8, 1))
	}
	bars := 0
	for line := range strings.Lines(Markdown(result)) {
		switch now := strings.Count(line, "|"); {
		case now > 0 && bars > 0 && now != bars:
			t.Errorf("%d bars after %d: %s", now, bars, line)
		default:
			bars = now
		}
	}
}

func TestPlotsAreWellFormedAndStayInside(t *testing.T) {
	t.Parallel()
	var cells []Cell
	for round := range 3 {
		for _, c := range []int{1, 8, 32, 64} {
			cells = append(cells, at(round, baseline, c, float64(c*100+round)), at(round, "verify", c, float64(c*99+round)),
				at(round, "verify-again", c, float64(c*101+round)))
		}
	}
	for name, plot := range Plots(Result{Cells: cells}) {
		var svg bytes.Buffer
		if err := plot.WriteSVG(&svg); err != nil {
			t.Fatal(err)
		}
		decoder := xml.NewDecoder(bytes.NewReader(svg.Bytes()))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg.String())
			}
		}
		for _, line := range plot.layout().Lines {
			for _, p := range line.Points {
				if p.X < plotLeft || p.X > plotWidth-plotRight || p.Most < plotTop || p.Least > plotHeight-plotBottom || p.Most > p.Y || p.Y > p.Least {
					t.Errorf("%s: %s has a point outside, or beside its bar: %+v", name, line.Name, p)
				}
			}
		}
	}
}

func TestNamesInAPlotAreNotWrittenOverEachOther(t *testing.T) {
	t.Parallel()
	lines := []drawnLine{{NameAt: 100}, {NameAt: 98}, {NameAt: 99}, {NameAt: 300}}
	spreadNames(lines)
	got := []float64{lines[0].NameAt, lines[1].NameAt, lines[2].NameAt, lines[3].NameAt}
	if diff := cmp.Diff([]float64{130, 98, 114, 300}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLevelsAreRoundAndFew(t *testing.T) {
	t.Parallel()
	for top, want := range map[float64]float64{1: 0.2, 7.3: 1, 9.9: 2, 10: 2, 16960: 5000, 40: 5, 250: 50} {
		if got := niceStep(top); got != want {
			t.Errorf("up to %v in steps of %v, want %v", top, got, want)
		}
	}
}

func TestAResultIsReadAsItWasWrittenALineForEachCell(t *testing.T) {
	t.Parallel()
	refused := at(2, "verify", 8, 1)
	refused.NotCounted = map[string]int{"503": 7}
	for lines, cells := range [][]Cell{nil, {at(1, "verify", 8, 1)}, {at(1, "verify", 8, 1), refused}} {
		path := t.TempDir() + "/result.json"
		want := Result{Began: time.Unix(1_800_000_000, 0).UTC(), Cells: cells, Footprint: &Footprint{Users: 3}}
		if err := want.Write(path); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		text, err := os.ReadFile(path)
		if n := strings.Count(string(text), "\n{"); err != nil || n != lines {
			t.Errorf("%d lines for %d cells, %v:\n%s", n, lines, err, text)
		}
	}
}

// What the machine did in one pair met both, and a pair that met something else must not decide.
func TestProgramsAreComparedWithinEachPair(t *testing.T) {
	t.Parallel()
	var pairs []Pair
	for _, rates := range [][2]float64{{1000, 1100}, {100, 110}, {2000, 2000}, {500, 600}, {1, 100}} {
		base, other := at(1, "verify", 32, rates[0]), at(1, "verify", 32, rates[1])
		base.CPUServer, other.CPUServer, base.P99, other.P99 = 200, 100, 5, 5
		pairs = append(pairs, Pair{Base: base, Other: other})
	}
	want := "| verify | 32 | 5 | 500 | 600 | 1.10 (1.10-1.20) | 200 | 100 | 0.50 | 5.00 | 5.00 | 1.00 |\n"
	if got := Compared(meter.Machine{CPU: "Z80", Cores: 2}, pairs); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwhich does not end with\n%s", got, want)
	}
}
