package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/countersign/countersign/bench/load"
	"github.com/countersign/countersign/bench/report"
	"github.com/countersign/countersign/bench/seed"
)

// neighbourTenant is the second of a deployment.
const neighbourTenant = "quiet"

func (b *bench) makeNeighbour(ctx context.Context, s *dataset) (*client, error) {
	key, err := s.deployment.NewTenant(ctx, neighbourTenant)
	if err != nil {
		return nil, err
	}
	people, err := b.seedPeople(ctx, s, neighbourTenant, s.key.users/2, "the neighbour of "+s.key.String())
	return &client{key: key, people: people}, err
}

// makeTrail writes the audit trail of the first tenant.
func (b *bench) makeTrail(ctx context.Context, s *dataset) error {
	d, c := s.deployment, s.client
	c.trail = seed.Trail{Tenant: d.Tenant, Users: s.key.users, Events: s.key.events, Until: time.Now()}
	if err := seed.SeedTrail(ctx, d.DatabaseURL, c.trail, b.progress.seeding("the trail of "+s.key.String())); err != nil {
		return err
	}
	c.prune = func(before time.Time) error {
		_, err := d.Run(ctx, "audit", "prune", "--yes", "--before", before.UTC().Format(time.RFC3339))
		return err
	}
	server, err := d.Serve(ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.learnCursor(server.Address), server.Stop())
}

// measureBeside measures a cell beside the load of another tenant; without such a load in the same way.
func (b *bench) measureBeside(ctx context.Context, c cell) (cells []report.Cell, err error) {
	processors := runtime.NumCPU()
	if c.Measure == fairnessHalf {
		restore, failed := b.environment.Halve()
		if failed != nil {
			return nil, failed
		}
		processors /= 2
		defer func() { err = errors.Join(err, restore()) }()
	}
	s, err := b.open(ctx, c, b.environment.Binary())
	defer s.end(&err)
	if err != nil {
		return nil, err
	}
	if err := s.rest(ctx, c); err != nil {
		return nil, err
	}
	return s.measureBeside(ctx, c, processors)
}

func (s *target) measureBeside(ctx context.Context, c cell, processors int) ([]report.Cell, error) {
	all := []cell{c}
	if c.Beside > 0 {
		all = append(all, c.other())
	}
	loads := make([]load.Cell, len(all))
	for n, one := range all {
		work, err := s.dataset.of(one.Measure).work(one.Measure)
		if err != nil {
			return nil, err
		}
		loads[n] = load.Cell{
			Addresses: []string{s.servers[0].Address}, Workers: one.Concurrency, Lead: c.warm, For: c.length,
			HonorRetryAfter: n > 0 && one.Measure != fairnessNoisyImpatient, Work: work,
		}
	}
	outcomes, taken, err := s.runConcurrently(ctx, loads)
	if err != nil {
		return nil, err
	}
	return s.shared(all, outcomes, taken, processors)
}

// share is what all took of the processors while it counted.
type share struct {
	usage
	load    time.Duration
	elapsed time.Duration
}

// together runs loads at the same time. All of them count from the end of the lead to the end of the first.
func (s *target) runConcurrently(ctx context.Context, loads []load.Cell) ([]load.Outcome, share, error) {
	outcomes, errs := make([]load.Outcome, len(loads)), make([]error, len(loads)+1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var running sync.WaitGroup
	for n, l := range loads {
		running.Go(func() {
			if outcomes[n], errs[n] = l.Run(ctx); errs[n] != nil {
				stop()
			}
		})
	}
	taken, err := s.taken(ctx, loads[0].Lead, loads[0].For)
	errs[len(loads)] = err
	running.Wait()
	return outcomes, taken, errors.Join(errs...)
}

func (s *target) taken(ctx context.Context, lead, length time.Duration) (share, error) {
	if err := sleep(ctx, lead); err != nil {
		return share{}, err
	}
	if err := s.reset(); err != nil {
		return share{}, err
	}
	before, err := s.usage()
	if err != nil {
		return share{}, err
	}
	own, began := load.OwnCPU(), time.Now()
	if err := sleep(ctx, length); err != nil {
		return share{}, err
	}
	after, err := s.usage()
	return share{usage: after.minus(before), load: load.OwnCPU() - own, elapsed: time.Since(began)}, err
}

func sleep(ctx context.Context, length time.Duration) error {
	select {
	case <-time.After(length):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// shared are the cells of all tenants. What was taken of the processors is that of a unit of whichever.
func (s *target) shared(all []cell, outcomes []load.Outcome, taken share, processors int) ([]report.Cell, error) {
	units := 0
	for _, o := range outcomes {
		units += o.Good
	}
	cells := make([]report.Cell, len(all))
	for n, o := range outcomes {
		part := float64(o.Good) / float64(max(1, units))
		of := func(d time.Duration) time.Duration { return time.Duration(float64(d) * part) }
		o.CPU = of(taken.load)
		cells[n] = newCell(all[n], o, usage{
			server: of(taken.server), postgres: of(taken.postgres), diskRead: int64(float64(taken.diskRead) * part),
		})
		cells[n].LoadShare = taken.load.Seconds() / taken.elapsed.Seconds() / float64(processors)
		if err := s.memory(&cells[n]); err != nil {
			return nil, err
		}
	}
	return cells, nil
}
