package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/bench/environment"
	"github.com/countersign/countersign/bench/load"
	"github.com/countersign/countersign/bench/meter"
	"github.com/countersign/countersign/bench/report"
)

// The units before a measurement: of what cannot be done again and again, a few that open the connections; of
// verifications as many as make sessions warm, on each server, but no more than a part of the tenant.
const (
	warmUnits         = 500
	warmVerifications = 24_000
	warmPart          = 4
)

// codesReady is how many people should have a code to spend before a cell begins that spends codes. Where the tenant is
// small and the cells are short, that takes up to the length of a step.
const codesReady = 10_000

// cachedPeople is how many are taken once more: fewer than the users that a server remembers, so that they are known
// to it indeed.
const cachedPeople = 15_000

// spendingMeasures are the measures that take each person at most once.
var spendingMeasures = []string{verify, verifyAgain, plainRead, plainKnown, growth, login, auditNeighbour, auditPruned, fairness, fairnessHalf, fairnessImpatient}

// enrolling are the measures that take each person without a factor at most once, in all rounds.
var enrolling = []string{enrollmentBegin, enrollment}

// target is a dataset with its servers, just started: nobody is known to them yet.
type target struct {
	*bench
	dataset *dataset
	client  *client
	servers []*environment.Server
	work    load.Work
}

// open starts a program for a cell.
func (b *bench) open(ctx context.Context, c cell, binary string) (*target, error) {
	s := &target{bench: b, dataset: b.datasets[c.dataset()]}
	s.client = s.dataset.of(c.Measure)
	for range c.Replicas {
		server, err := s.serve(ctx, c, binary)
		if err != nil {
			return s, err
		}
		s.servers = append(s.servers, server)
	}
	if c.Measure == "list-deep" {
		if err := s.client.walk(s.servers[0].Address); err != nil {
			return s, err
		}
	}
	var err error
	s.work, err = s.client.work(c.Measure)
	return s, err
}

func (s *target) serve(ctx context.Context, c cell, binary string) (*environment.Server, error) {
	if c.Measure == plainRead {
		return s.dataset.servePlain(ctx)
	}
	return s.dataset.deployment.ServeBy(ctx, binary)
}

func (s *target) close() error {
	var failed error
	for _, server := range s.servers {
		if err := server.Stop(); err != nil {
			failed = err
		}
	}
	return failed
}

// measure carries out a cell.
func (b *bench) measure(ctx context.Context, c cell) (cells []report.Cell, err error) {
	s, err := b.open(ctx, c, b.environment.Binary())
	defer func() {
		if closed := s.close(); err == nil {
			err = closed
		}
	}()
	if err != nil {
		return nil, err
	}
	first, err := s.first(ctx, c)
	if err != nil {
		return nil, err
	}
	c.warm -= first
	if err := s.warm(ctx, c); err != nil {
		return nil, err
	}
	cells, err = s.measured(ctx, c)
	for n := range cells {
		cells[n].First = milliseconds(first)
	}
	return cells, err
}

// warm is load that does not count.
func (s *target) warm(ctx context.Context, c cell) error {
	if err := s.rest(ctx, c); err != nil {
		return err
	}
	_, err := s.load(c, c.warm, s.warmUnits(c)).Run(ctx)
	return err
}

// first is how long the server's first answer takes, where that is asked for.
func (s *target) first(ctx context.Context, c cell) (time.Duration, error) {
	if c.Events == 0 {
		return 0, nil
	}
	outcome, err := s.load(c, time.Minute, 1).Run(ctx)
	return outcome.Elapsed, err
}

// rest waits until there are codes to spend.
func (s *target) rest(ctx context.Context, c cell) error {
	if !slices.Contains(spendingMeasures, c.Measure) {
		return nil
	}
	return s.progress.wait(ctx, s.client.people.FreeAt(codesReady))
}

// measured carries out a cell on servers that are warm, and once more where that is asked for.
func (s *target) measured(ctx context.Context, c cell) ([]report.Cell, error) {
	people := s.client.people
	from := people.Mark()
	first, err := s.once(ctx, c)
	if err != nil || !c.again {
		return []report.Cell{first}, err
	}
	to := people.Mark()
	people.Again(max(from, to-cachedPeople), to)
	defer people.Onward(to)
	c.Measure = againAs[c.Measure]
	work := s.work
	defer func() { s.work = work }()
	if s.work, err = s.client.work(c.Measure); err != nil {
		return nil, err
	}
	second, err := s.once(ctx, c)
	return []report.Cell{first, second}, err
}

func (s *target) load(c cell, length time.Duration, most int64) load.Cell {
	l := load.Cell{Workers: c.Concurrency, For: length, Most: most, Work: s.work}
	for _, server := range s.servers {
		l.Addresses = append(l.Addresses, server.Address)
	}
	return l
}

// takenOnce is how many people a cell may take, where it takes nobody twice; 0: it takes them again and again. Who is decided
// about twice would be remembered.
func (s *target) takenOnce(c cell) int {
	switch people := s.client.people; {
	case slices.Contains(enrolling, c.Measure):
		return people.Others / (len(enrolling) * s.settings.Rounds)
	case c.Measure == decision, slices.Contains(spendingMeasures, c.Measure):
		return people.Enrolled
	}
	return 0
}

func (s *target) warmUnits(c cell) int64 {
	people := s.takenOnce(c)
	switch {
	case people == 0:
		return warmUnits
	case slices.Contains(enrolling, c.Measure):
		return int64(min(people/warmPart, warmUnits))
	}
	return int64(min(people/warmPart, warmVerifications*c.Replicas))
}

// most bounds a cell that takes everybody once, the warm-up included.
func (s *target) most(c cell) int64 {
	if people := s.takenOnce(c); people > 0 {
		return int64(people) - s.warmUnits(c)
	}
	return 0
}

func (s *target) once(ctx context.Context, c cell) (report.Cell, error) {
	if err := s.reset(); err != nil {
		return report.Cell{}, err
	}
	before, err := s.usage()
	if err != nil {
		return report.Cell{}, err
	}
	outcome, err := s.load(c, c.length, s.most(c)).Run(ctx)
	if err != nil {
		return report.Cell{}, fmt.Errorf("%s: %w", c.name(), err)
	}
	after, err := s.usage()
	if err != nil {
		return report.Cell{}, err
	}
	measured := newCell(c, outcome, after.minus(before))
	return measured, s.memory(&measured)
}

// reset drops what is left of the warm-up.
func (s *target) reset() error {
	for _, server := range s.servers {
		if err := server.EmptyLog(); err != nil {
			return err
		}
		if err := meter.ResetPeak(server.PID); err != nil {
			return err
		}
	}
	return nil
}

// memory is read of all servers together.
func (s *target) memory(measured *report.Cell) error {
	for _, server := range s.servers {
		m, err := meter.MemoryOf(server.PID)
		if err != nil {
			return err
		}
		measured.Resident += m.Resident
		measured.Peak += m.Peak
	}
	return nil
}
