package report

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"text/template"
)

// Plot draws lines over concurrencies, with the least and the most of the rounds as bars, readable on light
// and on dark paper.
type Plot struct {
	Title  string // with the unit of the height
	Series []Series
}

// Series is one line of a plot.
type Series struct {
	Name   string
	Points []Point
}

// Point is what all rounds measured at one concurrency.
type Point struct {
	Concurrency int
	Value       Spread
}

// Plots returns those of a run, by name.
func Plots(r Result) map[string]Plot {
	lines := Summary(r.Cells)
	return map[string]Plot{
		"verifications": {
			Title:  "Verifications per second",
			Series: seriesOf(lines, true, func(l Line) Spread { return l.PerSecond }),
		},
		"latency": {
			Title:  "99th percentile of the latency of a verification, ms",
			Series: seriesOf(lines, false, func(l Line) Spread { return l.P99 }),
		},
	}
}

func seriesOf(lines []Line, withBaseline bool, value func(Line) Spread) []Series {
	measures := []string{"verify", "verify-again"}
	if withBaseline {
		measures = append(measures, baseline)
	}
	var all []Series
	for _, l := range byMeasure(lines, measures...) {
		name := shortName(l.Key)
		if len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, Series{Name: name})
		}
		s := &all[len(all)-1]
		s.Points = append(s.Points, Point{l.Concurrency, value(l)})
	}
	return all
}

func shortName(k Key) string {
	switch k.Measure {
	case baseline:
		return "pgbench UPDATE"
	case "verify-again":
		return "the same users again"
	}
	return onWhat(k)
}

// The drawing's measures in pixels.
const (
	plotWidth, plotHeight = 760, 380
	plotLeft, plotRight   = 64, 190 // the names stand to the right
	plotTop, plotBottom   = 44, 48
	nameHeight            = 16
	beside                = 6 // between the bars of one concurrency
)

//go:embed plot.svg.tmpl
var plotText string

var plotTemplate = template.Must(template.New("plot").Parse(plotText))

// WriteSVG draws the plot.
func (p Plot) WriteSVG(to io.Writer) error { return plotTemplate.Execute(to, p.layout()) }

// drawing is a plot in pixels.
type drawing struct {
	Width, Height, Left, Right, Top, Bottom, Middle int
	Title                                           string
	Levels, Columns                                 []mark
	Lines                                           []drawnLine
}

type mark struct {
	At   float64
	Text string
}

type drawnLine struct {
	Name   string
	NameAt float64
	Points []drawnPoint
}

type drawnPoint struct{ X, Y, Least, Most float64 }

func (p Plot) layout() drawing {
	columns, top := p.extent()
	step := niceStep(top)
	top = math.Ceil(top/step) * step
	bottom := plotHeight - plotBottom
	x := func(concurrency int) float64 {
		at, _ := slices.BinarySearch(columns, concurrency)
		return plotLeft + (float64(at)+0.5)*float64(plotWidth-plotLeft-plotRight)/float64(len(columns))
	}
	y := func(value float64) float64 { return float64(bottom) - value/top*float64(bottom-plotTop) }
	d := drawing{
		Width: plotWidth, Height: plotHeight, Left: plotLeft, Right: plotWidth - plotRight, Top: plotTop, Bottom: bottom,
		Middle: (plotLeft + plotWidth - plotRight) / 2, Title: p.Title,
	}
	for level := 0.0; level <= top*1.0001; level += step {
		d.Levels = append(d.Levels, mark{y(level), levelText(level)})
	}
	for _, c := range columns {
		d.Columns = append(d.Columns, mark{x(c), strconv.Itoa(c)})
	}
	for n, s := range p.Series {
		line := drawnLine{Name: s.Name}
		aside := beside * (float64(n) - float64(len(p.Series)-1)/2)
		for _, point := range s.Points {
			v := point.Value
			line.Points = append(line.Points, drawnPoint{x(point.Concurrency) + aside, y(v.Median), y(v.Min), y(v.Max)})
		}
		line.NameAt = line.Points[len(line.Points)-1].Y
		d.Lines = append(d.Lines, line)
	}
	spreadNames(d.Lines)
	return d
}

// extent returns the concurrencies, sorted, and the greatest value.
func (p Plot) extent() (columns []int, top float64) {
	for _, s := range p.Series {
		for _, point := range s.Points {
			columns = append(columns, point.Concurrency)
			top = max(top, point.Value.Max)
		}
	}
	slices.Sort(columns)
	return slices.Compact(columns), max(top, 1)
}

// niceStep returns 1, 2 or 5 times a power of ten: four to nine steps reach the top.
func niceStep(top float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(top)))
	for _, step := range []float64{power / 5, power / 2, power, 2 * power} {
		if top/step <= 8 {
			return step
		}
	}
	return 2 * power // unreachable: the top is less than ten powers
}

func levelText(level float64) string {
	if level < 10 && level != math.Trunc(level) {
		return fmt.Sprintf("%.1f", level)
	}
	return grouped(int64(math.Round(level)))
}

// spreadNames moves names apart that would be written over each other.
func spreadNames(lines []drawnLine) {
	order := make([]*drawnLine, len(lines))
	for i := range lines {
		order[i] = &lines[i]
	}
	slices.SortFunc(order, func(a, b *drawnLine) int { return int(math.Copysign(1, a.NameAt-b.NameAt)) })
	for i := 1; i < len(order); i++ {
		order[i].NameAt = max(order[i].NameAt, order[i-1].NameAt+nameHeight)
	}
}
