package report

import (
	"fmt"
	"slices"

	"github.com/countersign/countersign/bench/meter"
)

// Pair is one cell, measured of two programs right after each other.
type Pair struct{ Base, Other Cell }

// Compared shows what pairs came to: medians, and the other program's figures as a part of the base's, taken within
// each pair, with the middle half of them.
func Compared(machine meter.Machine, pairs []Pair) string {
	var keys []Key
	of := map[Key][]Pair{}
	for _, p := range pairs {
		if of[p.Base.Key] == nil {
			keys = append(keys, p.Base.Key)
		}
		of[p.Base.Key] = append(of[p.Base.Key], p)
	}
	t := newTable("", "c", "pairs", "per second: base", "other", "ratio", "CPU us: base", "other", "ratio", "p99 ms: base", "other", "ratio")
	for _, key := range keys {
		row := []string{names[key.Measure], fmt.Sprint(key.Concurrency), fmt.Sprint(len(of[key]))}
		for _, value := range []func(Cell) float64{
			func(c Cell) float64 { return c.PerSecond }, Cell.cpu, func(c Cell) float64 { return c.P99 },
		} {
			row = append(row, against(of[key], value)...)
		}
		t.row(row...)
	}
	return fmt.Sprintf("%s, %d cores, kernel %s. In parentheses: the middle half of the pairs.\n\n", machine.CPU, machine.Cores, machine.Kernel) +
		t.text.String()
}

func against(pairs []Pair, value func(Cell) float64) []string {
	var base, other, ratios []float64
	for _, p := range pairs {
		base, other = append(base, value(p.Base)), append(other, value(p.Other))
		if value(p.Base) > 0 {
			ratios = append(ratios, value(p.Other)/value(p.Base))
		}
	}
	return []string{number(spread(base).Median), number(spread(other).Median), ranged(middleHalf(ratios))}
}

// middleHalf is the median with the quartiles in place of the least and the most.
func middleHalf(values []float64) Spread {
	s := spread(values)
	if len(values) > 0 {
		sorted := slices.Sorted(slices.Values(values))
		s.Min, s.Max = sorted[len(sorted)/4], sorted[(len(sorted)*3-1)/4]
	}
	return s
}
