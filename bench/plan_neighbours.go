package main

import (
	"github.com/countersign/countersign/bench/report"
)

// The measures of two tenants on one installation.
const (
	auditNeighbour = "audit-neighbour"       // verifications of a tenant whose neighbour lists its trail
	auditLists     = "audit-neighbour-lists" // what the neighbour does
	auditPruned    = "audit-prune-neighbour" // verifications of a tenant while the trail of another is pruned
	auditPrune     = "audit-prune"           // that
	fairness       = "fairness"              // verifications of a quiet tenant beside a noisy one
	fairnessHalf   = "fairness-half"         // alone on half of the processors: its fair share of the machine
	fairnessNoisy  = "fairness-noisy"        // what the noisy one does

	fairnessImpatient      = "fairness-impatient" // beside one who does not wait as a refusal says
	fairnessNoisyImpatient = "fairness-noisy-impatient"
)

// besideOf is what the other tenant does meanwhile.
var besideOf = map[string]string{
	auditNeighbour: auditLists, auditPruned: auditPrune, fairness: fairnessNoisy, fairnessHalf: fairnessNoisy, fairnessImpatient: fairnessNoisyImpatient,
}

// sideBySide tells the measures that have another tenant beside them, if only to be compared with having none.
func sideBySide(measure string) bool { return besideOf[measure] != "" }

// ofTheNeighbour are the measures of the second tenant, which is the smaller one.
var ofTheNeighbour = []string{auditNeighbour, auditPruned, fairness, fairnessHalf, fairnessImpatient}

const (
	// neighbourUsers are those of the larger tenant, the other has half as many: as many codes come due in a step as
	// two processors decide meanwhile.
	neighbourUsers  = 200_000
	quietWorkers    = 4
	listingWorkers  = 24
	noisyWorkers    = 320
	overloadWorkers = 1500 // more than the service admits at once
)

// neighbours are the cells of two tenants. What is compared stands side by side.
func (s settings) neighbours() []cell {
	var cells []cell
	for _, of := range listings {
		c := s.beside(of.measure, 1, 0)
		c.Events, c.warm, c.length = s.Events, s.Duration/10, max(s.Duration/10, shortest)
		cells = append(cells, c)
	}
	for _, beside := range []int{0, listingWorkers} {
		c := s.beside(auditNeighbour, quietWorkers, beside)
		c.Events = s.Events
		cells = append(cells, c)
	}
	for _, beside := range []int{0, 1} {
		c := s.beside(auditPruned, quietWorkers, beside)
		c.Events = s.Events
		cells = append(cells, c)
	}
	return append(cells,
		s.beside(fairness, quietWorkers, 0), s.beside(fairnessHalf, quietWorkers, 0),
		s.beside(fairness, quietWorkers, quietWorkers), // an even split: both want as much
		s.beside(fairness, quietWorkers, noisyWorkers), s.beside(fairness, quietWorkers, overloadWorkers),
		s.beside(fairnessImpatient, quietWorkers, overloadWorkers))
}

func (s settings) beside(measure string, workers, beside int) cell {
	c := s.cell(measure, postgres, min(neighbourUsers, s.main()), workers, s.Duration)
	c.Beside, c.neighbours, c.warm = beside, true, max(s.Duration/2, shortest)
	return c
}

// other is the cell of the other tenant.
func (c cell) other() cell {
	c.Key = report.Key{
		Measure: besideOf[c.Measure], Engine: c.Engine, Users: c.Users, Replicas: c.Replicas, Events: c.Events,
		Concurrency: c.Beside, Beside: c.Concurrency,
	}
	return c
}
