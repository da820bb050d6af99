package main

import (
	"cmp"
	"slices"
)

// compared are the cells of one concurrency, which are held against each other.
func (s settings) compared(workers int) []cell {
	cells := []cell{s.pgbench(workers), s.plain(workers), s.verify(s.main(), workers)}
	if workers == s.nearest(connectionsEach) {
		cells = append(cells, s.parts(workers)...)
	}
	for _, users := range s.Users[:len(s.Users)-1] {
		cells = append(cells, s.verify(users, workers))
	}
	cells = append(cells, s.cell(verify, sqlite, s.onSQLite(), workers, s.Duration))
	for n := range cells {
		cells[n].compared = true
	}
	return cells
}

// nearest is the concurrency of the settings that is next to one.
func (s settings) nearest(workers int) int {
	return slices.MinFunc(s.Concurrency, func(a, b int) int {
		return cmp.Compare(max(a-workers, workers-a), max(b-workers, workers-b))
	})
}

// parts are what is held against a verification, and measured like it, and what is held against the plain handler.
// Enrollments are as short as other calls: there are fewer people for them, and each change of the number of those
// without a factor makes the policy preview dearer, until a server sweeps.
func (s settings) parts(workers int) []cell {
	var cells []cell
	for _, measure := range []string{decision, login} {
		cells = append(cells, s.warmed(s.cell(measure, postgres, s.main(), workers, s.Duration)))
	}
	for _, measure := range enrolling {
		cells = append(cells, s.cell(measure, postgres, s.main(), workers, s.Duration/2))
	}
	return cells
}

// inRound is the plan in the order of a round, the first of which is 1. What PostgreSQL does for a cell afterwards, such
// as the vacuum of its table, falls into the next one: in each second round the cells that are compared come in the
// opposite order, so that it falls on either side.
func inRound(plan []cell, round int) []cell {
	if round%2 == 1 {
		return plan
	}
	plan = slices.Clone(plan)
	for from := 0; from < len(plan); {
		to := from + 1
		for to < len(plan) && plan[from].comparedWith(plan[to]) {
			to++
		}
		slices.Reverse(plan[from:to])
		from = to
	}
	return plan
}

func (c cell) comparedWith(other cell) bool {
	return c.compared && other.compared && c.Concurrency == other.Concurrency
}

func (s settings) verify(users, workers int) cell {
	c := s.warmed(s.cell(verify, postgres, users, workers, s.Duration))
	c.again = users == s.main()
	return c
}

// plain is in all the verification of one of the main deployment's users, but for who serves.
func (s settings) plain(workers int) cell {
	c := s.verify(s.main(), workers)
	c.Measure = plainRead
	return c
}

// againAs is what it is to measure the same people once more.
var againAs = map[string]string{verify: verifyAgain, plainRead: plainKnown}

func (s settings) pgbench(workers int) cell {
	c := s.warmed(s.cell(baseline, baseline, baselineRows, workers, s.Duration))
	c.Replicas = 0
	return c
}
