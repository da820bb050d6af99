package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/bench/report"
)

// cell is one measurement of the plan.
type cell struct {
	report.Key
	// warm is how long there is load at most before anything counts. Sessions of PostgreSQL are dear when they are
	// new, as each maps the pages of the shared buffers when it first touches them.
	warm, length time.Duration
	// again measures the same people once more, who are then known to the server; see againAs.
	again bool
	// neighbours: the deployment has a second tenant.
	neighbours bool
	// compared with the others of its concurrency; see inRound.
	compared bool
}

const (
	postgres = "postgresql"
	sqlite   = "sqlite"
	baseline = "pgbench"

	verify      = "verify"
	verifyAgain = "verify-again"
	growth      = "replicas"

	// What is held against verifications of users who are not remembered.
	decision = "decision"
	login    = "login"

	// What is held against the plain handler too.
	enrollment      = "enrollment"
	enrollmentBegin = "enrollment-begin"

	// What verifications are held against: of users who are not remembered the plain handler reads the row first.
	plainRead  = "plain-read"
	plainKnown = "plain"

	mostReplicas    = 4
	shortest        = time.Second
	connectionsEach = 32 // of each replica: one is added because there is more to do
)

// name is what ONLY selects by.
func (c cell) name() string {
	if c.Engine == baseline {
		return fmt.Sprintf("%s/c%d", c.Measure, c.Concurrency)
	}
	name := fmt.Sprintf("%s/%s-%d/c%d", c.Measure, c.Engine, c.Users, c.Concurrency)
	if c.Replicas > 1 {
		name += fmt.Sprintf("/r%d", c.Replicas)
	}
	if c.Beside > 0 {
		name += fmt.Sprintf("/b%d", c.Beside)
	}
	return name
}

// dataset is the deployment it needs; none for pgbench. The plain handler has copies in it.
func (c cell) dataset() datasetKey { return datasetKey{c.Engine, c.Users, c.Events, c.neighbours} }

// plan is one round: what is wanted of all.
func (s settings) plan() []cell {
	return slices.DeleteFunc(s.all(), func(c cell) bool { return !s.wants(c.name()) })
}

func (s settings) wantsFootprint() bool { return s.wants("footprint") }

func (s settings) footprintDataset() datasetKey {
	return datasetKey{engine: sqlite, users: s.onSQLite()}
}

// all is everything. What is compared stands side by side.
func (s settings) all() []cell {
	var cells []cell
	for _, workers := range s.Concurrency {
		cells = append(cells, s.compared(workers)...)
	}
	cells = append(cells, s.others()...)
	for replicas := 1; replicas <= mostReplicas; replicas++ {
		c := s.warmed(s.cell(growth, postgres, s.main(), replicas*s.upTo(connectionsEach), s.Duration/2))
		c.Replicas = replicas
		cells = append(cells, c)
	}
	return append(cells, s.neighbours()...)
}

func (s settings) cell(measure, engine string, users, workers int, length time.Duration) cell {
	return cell{
		Key:  report.Key{Measure: measure, Engine: engine, Users: users, Replicas: 1, Concurrency: workers},
		warm: time.Second, length: max(length, time.Second),
	}
}

// warmed is for what is compared with something else on PostgreSQL: there is load until the sessions have met most
// pages, which takes longest where one connection does it all. See warmUnits.
func (s settings) warmed(c cell) cell {
	c.warm = 2 * s.Duration
	return c
}

// others are measured shorter, at one concurrency. What walks a tenant is measured at each size.
func (s settings) others() []cell {
	var cells []cell
	cells = append(cells, s.cell("recovery-code", postgres, s.main(), s.upTo(32), s.Duration/2))
	cells = append(cells, s.cell("status-1000", postgres, s.main(), s.upTo(8), s.Duration/2))
	// Into a tenant of its own: what is measured of the others depends on their size.
	cells = append(cells, s.cell("import", postgres, leastUsers, 1, s.Duration))
	for _, measure := range []string{"list", "list-deep", "list-prefix", "list-letter", "policy-preview"} {
		for _, users := range s.Users {
			cells = append(cells, s.cell(measure, postgres, users, 1, s.Duration/2)) // how long somebody waits
		}
	}
	return cells
}
