package report

// plainOf is the plain handler that a verification is held against: where the server remembers the user, it reads nothing.
var plainOf = map[string]string{"verify-again": "plain", "verify": "plain-read"}

// ofPlain holds verifications against the plain handler at the same concurrency, each figure as a part of the handler's.
func ofPlain(cells []Cell) string {
	t := newTable("", "of", "on, users", "c", "per second", "p99", "CPU: server", "PostgreSQL", "both",
		"switches per unit", "the handler's")
	lines := Summary(cells)
	for _, l := range byMeasure(lines, "verify-again", "verify") {
		plain := reference(l.Key, plainOf[l.Measure], 0)
		part := func(value func(Cell) float64) string { return ranged(ratioTo(cells, l.Key, plain, value)) }
		for _, p := range lines {
			if p.Key == plain {
				t.row(names[l.Measure], names[plain.Measure], onWhat(l.Key), grouped(int64(l.Concurrency)),
					part(func(c Cell) float64 { return c.PerSecond }), part(p99), part(func(c Cell) float64 { return c.CPUServer }),
					part(func(c Cell) float64 { return c.CPUPostgres }), part(Cell.cpu), number(l.Switches.Median), number(p.Switches.Median))
			}
		}
	}
	return t.under("Verifications as a part of a plain handler")
}
