package report

import (
	"fmt"
	"slices"
	"strings"
)

// The marks that neighbours are held to.
const (
	listMark      = 100.0 // ms, the 99th percentile of a first page
	neighbourMark = 1.5   // of its own 99th percentile without the neighbour
)

// named is a name that says by itself what was measured.
func named(k Key) string {
	if strings.HasPrefix(k.Measure, listingPrefix) {
		return "audit trail, filter: " + names[k.Measure]
	}
	return names[k.Measure]
}

// listingPrefix begins the measures of an audit trail's filters.
const listingPrefix = "audit-list-"

// besideWhom says how many connections another tenant has.
func besideWhom(k Key) string {
	if k.Beside == 0 {
		return ""
	}
	return fmt.Sprintf(" beside %s", grouped(int64(k.Beside)))
}

func besideCount(k Key) string {
	if k.Beside == 0 {
		return "-"
	}
	return grouped(int64(k.Beside))
}

func listings(lines []Line) string {
	titles := []string{"filter", "events", "per second", "first ms", "p50 ms", "p99 ms", "most ms", "not 200", "p99 under 100 ms"}
	// A run that read nothing from the disk has no such column, nor one of before that was measured.
	read := slices.ContainsFunc(lines, func(l Line) bool { return l.DiskRead.Max > 0 })
	if read {
		titles = append(titles, "kB from the disk")
	}
	t := newTable(titles...)
	for _, l := range lines {
		if !strings.HasPrefix(l.Measure, listingPrefix) {
			continue
		}
		row := []string{
			names[l.Measure], grouped(int64(l.Events)), ranged(l.PerSecond), ranged(l.First), number(l.P50.Median),
			number(l.P99.Median), number(l.Max.Max), count(l.refused()), yes(l.refused() == 0 && l.P99.Median < listMark),
		}
		if read {
			row = append(row, number(l.DiskRead.Median/(1<<10)))
		}
		t.row(row...)
	}
	return t.under("The first page of an audit trail")
}

// refused is how many answers were not 200, whatever else they were.
func (l Line) refused() int {
	all := 0
	for _, times := range l.NotCounted {
		all += times
	}
	return all
}

func listed(cells []Cell) string {
	return besideTrail(cells, "audit-neighbour", "audit-neighbour-lists", "A tenant whose neighbour lists its trail")
}

func pruned(cells []Cell) string {
	return besideTrail(cells, "audit-prune-neighbour", "audit-prune", "A tenant beside whom the trail of another is pruned")
}

// besideTrail is what becomes of a tenant's verifications beside something that is done with the trail of another.
func besideTrail(cells []Cell, neighbour, beside, title string) string {
	t := newTable("", "c", "beside", "events", "per second", "p50 ms", "p99 ms", "not 200", "p99: of alone", "within 1.5")
	for _, l := range byMeasure(Summary(cells), neighbour, beside) {
		alone, mark := ratioTo(cells, l.Key, reference(l.Key, neighbour, 0), p99), "-"
		if alone.Median > 0 {
			mark = yes(l.refused() == 0 && alone.Median <= neighbourMark)
		}
		t.row(names[l.Measure], grouped(int64(l.Concurrency)), besideCount(l.Key), grouped(int64(l.Events)), ranged(l.PerSecond),
			number(l.P50.Median), ranged(l.P99), count(l.refused()), ranged(alone), mark)
	}
	return t.under(title)
}

func noisy(cells []Cell) string {
	t := newTable("", "c", "beside", "per second", "p50 ms", "p99 ms", "503", "p99: of alone", "of half of the processors",
		"of an even split", "load, % of the processors")
	for _, l := range byMeasure(Summary(cells), "fairness-half", "fairness", "fairness-impatient", "fairness-noisy",
		"fairness-noisy-impatient") {
		of := func(measure string, beside int) string {
			if strings.HasPrefix(l.Measure, "fairness-noisy") {
				return "-"
			}
			return ranged(ratioTo(cells, l.Key, reference(l.Key, measure, beside), p99))
		}
		t.row(names[l.Measure], grouped(int64(l.Concurrency)), besideCount(l.Key), ranged(l.PerSecond), number(l.P50.Median),
			ranged(l.P99), count(l.NotCounted["503"]), of("fairness", 0), of("fairness-half", 0), of("fairness", l.Concurrency),
			number(100*l.LoadShare.Median))
	}
	return t.under("A quiet tenant beside a noisy one")
}

// reference is what a key of a tenant with few connections is compared with: the same tenant in another setting.
func reference(k Key, measure string, beside int) Key {
	k.Measure, k.Beside = measure, beside
	return k
}

func p99(c Cell) float64 { return c.P99 }

// ratioTo is a figure as a part of another key's, taken within each round. What is itself the reference is not compared
// with it.
func ratioTo(cells []Cell, key, reference Key, value func(Cell) float64) Spread {
	if key == reference {
		return Spread{}
	}
	var ratios []float64
	for _, c := range cells {
		at := slices.IndexFunc(cells, func(o Cell) bool { return o.Key == reference && o.Round == c.Round })
		if c.Key == key && at >= 0 && value(cells[at]) > 0 {
			ratios = append(ratios, value(c)/value(cells[at]))
		}
	}
	return spread(ratios)
}

func trails(all []Dataset) string {
	t := newTable("on", "events", "`audit_events` MB", "its indexes", "bytes per event", "made in s")
	for _, s := range all {
		if s.Events > 0 {
			rows, indexes := float64(s.Bytes["audit_events"]), float64(s.Bytes["indexes of audit_events"])
			t.row(onWhat(Key{Engine: s.Engine, Users: s.Enrolled}), grouped(int64(s.Events)), megabytes(rows), megabytes(indexes),
				number((rows+indexes)/float64(s.Events)), number(s.SeedTime))
		}
	}
	return t.under("Size of the audit trail")
}

// count shows none too: there should be none.
func count(n int) string { return grouped(int64(n)) }

func yes(met bool) string {
	if met {
		return "yes"
	}
	return "**no**"
}
