package report

import (
	"slices"
)

// Spread is what several rounds measured of one thing. It is zero of no rounds.
type Spread struct{ Median, Min, Max float64 }

func spread(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return Spread{median, sorted[0], sorted[len(sorted)-1]}
}

// Line is what all rounds measured of one key.
type Line struct {
	Key
	PerSecond, P50, P95, P99        Spread
	First, Max, LoadShare, Switches Spread
	DiskRead                        Spread // bytes
	CPUServer, CPUPostgres, CPULoad Spread
	Resident, Peak                  Spread // bytes
	// These compare a line with pgbench, in the same round at the same concurrency: the rate, the 99th percentile,
	// and what the servers and PostgreSQL took, against what pgbench and PostgreSQL took.
	Ratio, P99Ratio, CPURatio Spread
	// NotCounted is how often each answer came that did not count.
	NotCounted map[string]int
}

// Summary has one line per key, in the order in which they were measured first.
func Summary(cells []Cell) []Line {
	var keys []Key
	rounds := map[Key][]Cell{}
	for _, c := range cells {
		if rounds[c.Key] == nil {
			keys = append(keys, c.Key)
		}
		rounds[c.Key] = append(rounds[c.Key], c)
	}
	lines, base := make([]Line, 0, len(keys)), baselines(cells)
	for _, key := range keys {
		lines = append(lines, newLine(key, rounds[key], base))
	}
	return lines
}

func newLine(key Key, rounds []Cell, base map[roundAt]Cell) Line {
	of := func(value func(Cell) float64) Spread {
		var values []float64
		for _, c := range rounds {
			values = append(values, value(c))
		}
		return spread(values)
	}
	return Line{
		Key:       key,
		PerSecond: of(func(c Cell) float64 { return c.PerSecond }),
		P50:       of(func(c Cell) float64 { return c.P50 }),
		P95:       of(func(c Cell) float64 { return c.P95 }),
		P99:       of(func(c Cell) float64 { return c.P99 }),
		CPUServer: of(func(c Cell) float64 { return c.CPUServer }), CPUPostgres: of(func(c Cell) float64 { return c.CPUPostgres }),
		CPULoad: of(func(c Cell) float64 { return c.CPULoad }),
		First:   of(func(c Cell) float64 { return c.First }), Max: of(func(c Cell) float64 { return c.Max }),
		LoadShare: of(func(c Cell) float64 { return c.LoadShare }), Switches: of(func(c Cell) float64 { return c.Switches }),
		DiskRead: of(func(c Cell) float64 { return c.DiskRead }),
		Resident: of(func(c Cell) float64 { return float64(c.Resident) }), Peak: of(func(c Cell) float64 { return float64(c.Peak) }),
		Ratio:      ratio(rounds, base, func(c Cell) float64 { return c.PerSecond }),
		P99Ratio:   ratio(rounds, base, func(c Cell) float64 { return c.P99 }),
		CPURatio:   ratio(rounds, base, Cell.cpu),
		NotCounted: notCounted(rounds),
	}
}

// baseline is the measure that others are compared with.
const baseline = "pgbench"

// roundAt is a place in a run where the baseline was measured.
type roundAt struct{ round, concurrency int }

func baselines(cells []Cell) map[roundAt]Cell {
	base := map[roundAt]Cell{}
	for _, c := range cells {
		if c.Measure == baseline {
			base[roundAt{c.Round, c.Concurrency}] = c
		}
	}
	return base
}

// cpu is what one unit takes of the processors; the load only where it is all there is of a client, with pgbench.
func (c Cell) cpu() float64 {
	if c.Measure == baseline {
		return c.CPUPostgres + c.CPULoad
	}
	return c.CPUServer + c.CPUPostgres
}

// ratio takes each round by itself: what else the machine did then met both. SQLite has no part in it.
func ratio(rounds []Cell, base map[roundAt]Cell, value func(Cell) float64) Spread {
	var ratios []float64
	for _, c := range rounds {
		if b := value(base[roundAt{c.Round, c.Concurrency}]); b > 0 && c.Engine != "sqlite" {
			ratios = append(ratios, value(c)/b)
		}
	}
	return spread(ratios)
}

func notCounted(rounds []Cell) map[string]int {
	answers := map[string]int{}
	for _, c := range rounds {
		for status, times := range c.NotCounted {
			answers[status] += times
		}
	}
	return answers
}
