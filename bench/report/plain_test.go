package report

import (
	"strings"
	"testing"
)

// Who is remembered is not read: neither by the plain handler that the verification is held against. What the machine
// did in one round met both.
func TestAVerificationIsHeldAgainstThePlainHandlerOfItsRound(t *testing.T) {
	t.Parallel()
	with := func(c Cell, p99, server, postgres, switches float64) Cell {
		c.P99, c.CPUServer, c.CPUPostgres, c.Switches = p99, server, postgres, switches
		return c
	}
	smaller := at(1, "verify", 8, 9999)
	smaller.Users = 10_000
	text := Markdown(Result{Cells: []Cell{
		with(at(1, "plain-read", 8, 1000), 4, 200, 100, 5), with(at(1, "plain", 8, 2000), 2, 100, 100, 4), smaller,
		with(at(1, "verify", 8, 900), 5, 300, 100, 7), with(at(1, "verify-again", 8, 1000), 4, 150, 90, 6),
		with(at(2, "plain-read", 8, 100), 4, 200, 100, 5), with(at(2, "plain", 8, 200), 2, 100, 100, 4),
		with(at(2, "verify", 8, 70), 5, 300, 100, 7), with(at(2, "verify-again", 8, 180), 4, 150, 90, 6),
		at(1, "verify", 32, 900), // without one
	}})
	const rows = "| verify, the same users again | plain handler | PostgreSQL, 1,000,000 | 8 | 0.70 (0.50-0.90) | 2.00 | 1.50 | 0.90 | 1.20 | 6.00 | 4.00 |\n" +
		"| verify | plain handler, which reads the row first | PostgreSQL, 1,000,000 | 8 | 0.80 (0.70-0.90) | 1.25 | 1.50 | 1.00 | 1.33 | 7.00 | 5.00 |\n\n### Verifications\n"
	if !strings.Contains(text, rows) {
		t.Errorf("got\n%s\nwithout\n%s", text, rows)
	}
}
