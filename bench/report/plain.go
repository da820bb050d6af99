package report

// plainOf is the plain handler that a verification is held against: where the server remembers the user, it reads nothing.
var plainOf = map[string]string{"verify-again": "plain", "verify": "plain-read"}

// ofPlain holds verifications against the plain handler at the same concurrency, each figure as a part of the handler's.
func ofPlain(cells []Cell) string {
	t := partTable("switches per unit", "the handler's")
	for _, l := range byMeasure(Summary(cells), "verify-again", "verify") {
		if plain, found := measuredBeside(cells, l.Key, plainOf[l.Measure]); found {
			t.row(append(asPart(cells, l.Key, plain.Key), number(l.Switches.Median), number(plain.Switches.Median))...)
		}
	}
	return t.under("Verifications as a part of a plain handler")
}

// partTable has a row of asPart in each row, and further cells.
func partTable(further ...string) *table {
	return newTable(append([]string{"", "of", "on, users", "c", "per second", "p99", "CPU: server", "PostgreSQL", "both"}, further...)...)
}

// asPart is the figures of a key as a part of another measure's, each taken within a round.
func asPart(cells []Cell, key, whole Key) []string {
	part := func(value func(Cell) float64) string { return ranged(ratioTo(cells, key, whole, value)) }
	return []string{
		names[key.Measure], names[whole.Measure], onWhat(key), grouped(int64(key.Concurrency)),
		part(func(c Cell) float64 { return c.PerSecond }), part(p99), part(func(c Cell) float64 { return c.CPUServer }),
		part(func(c Cell) float64 { return c.CPUPostgres }), part(Cell.cpu),
	}
}

// measuredBeside is what another measure came to where a key was measured.
func measuredBeside(cells []Cell, key Key, measure string) (Line, bool) {
	for _, l := range Summary(cells) {
		if l.Key == reference(key, measure, 0) {
			return l, true
		}
	}
	return Line{}, false
}
