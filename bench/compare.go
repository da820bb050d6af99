package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/countersign/countersign/bench/environment"
	"github.com/countersign/countersign/bench/meter"
	"github.com/countersign/countersign/bench/report"
)

// comparison compares a countersign with another one, both serving the same tenant on one cluster. Load alternates
// between them in short slices, so that what else the machine does meets both alike: it settles differences that are
// lost among those of whole runs.
type comparison struct {
	Base        string        `arg:"" help:"The program to compare with."`
	Binary      string        `env:"BINARY" default:"bin/countersign" help:"The program that is compared. It makes the schema."`
	Pairs       int           `env:"PAIRS" default:"20" help:"How many slices each of the two gets."`
	Slice       time.Duration `env:"SLICE" default:"2s" help:"How long a slice is."`
	Concurrency []int         `env:"CONCURRENCY" default:"8,32,64" help:"Connections."`
	Users       int           `env:"USERS" default:"300000" help:"Enrolled users."`
	Dir         string        `env:"BENCH_DIR" help:"Where the data is put meanwhile; default: the directory for temporary files."`
}

func (o comparison) checked() (comparison, settings, error) {
	if o.Pairs < 1 {
		return o, settings{}, errors.New("PAIRS must be at least 1")
	}
	if o.Slice < time.Second {
		return o, settings{}, errors.New("SLICE must be at least 1s: processors are read in hundredths of a second")
	}
	base, err := filepath.Abs(o.Base)
	if err != nil {
		return o, settings{}, err
	}
	if _, err := os.Stat(base); err != nil {
		return o, settings{}, fmt.Errorf("the program to compare with is missing: %w", err)
	}
	o.Base = base
	s, err := settings{
		Rounds: 1, Duration: o.Slice, Concurrency: o.Concurrency, Users: []int{o.Users}, Events: leastEvents,
		Binary: o.Binary, Dir: o.Dir,
	}.checked()
	return o, s, err
}

// Run compares, and shows what came of it.
func (o *comparison) Run(ctx context.Context) (err error) {
	checked, s, err := o.checked()
	if err != nil {
		return err
	}
	b := &bench{settings: s, datasets: map[datasetKey]*dataset{}, progress: newProgress(os.Stderr, len(s.Concurrency)*checked.Pairs)}
	b.progress.say("starting PostgreSQL")
	if b.environment, err = environment.New(s.Binary, s.Dir); err != nil {
		return err
	}
	defer func() {
		if closed := b.environment.Close(); err == nil {
			err = closed
		}
	}()
	pairs, err := checked.all(ctx, b)
	if err != nil {
		return err
	}
	machine, err := meter.ThisMachine(b.environment.Dir())
	if err != nil {
		return err
	}
	fmt.Println(report.Compared(machine, pairs))
	return nil
}

func (o comparison) all(ctx context.Context, b *bench) (pairs []report.Pair, err error) {
	key := datasetKey{engine: postgres, users: o.Users}
	if b.datasets[key], err = b.makeDataset(ctx, key); err != nil {
		return nil, err
	}
	for _, workers := range o.Concurrency {
		of, err := o.at(ctx, b, b.settings.verify(o.Users, workers))
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, of...)
	}
	return pairs, nil
}

// at compares at one concurrency. The two take turns in being first.
func (o comparison) at(ctx context.Context, b *bench, c cell) (pairs []report.Pair, err error) {
	c.warm = time.Minute // at most: a slice says nothing of how long sessions take
	base, err := b.open(ctx, c, o.Base)
	defer base.end(&err)
	if err != nil {
		return nil, err
	}
	other, err := b.open(ctx, c, b.environment.Binary())
	defer other.end(&err)
	if err != nil {
		return nil, err
	}
	for _, s := range []*target{base, other} {
		if err := s.warm(ctx, c); err != nil {
			return nil, err
		}
	}
	for n := range o.Pairs {
		order := []*target{base, other}
		if n%2 == 1 {
			order = []*target{other, base}
		}
		cells := map[*target][]report.Cell{}
		for _, s := range order {
			if err := s.rest(ctx, c); err != nil {
				return nil, err
			}
			if cells[s], err = s.measured(ctx, c); err != nil {
				return nil, err
			}
		}
		for i := range cells[base] {
			pairs = append(pairs, report.Pair{Base: cells[base][i], Other: cells[other][i]})
		}
		b.progress.compared(pairs[len(pairs)-len(cells[base]):])
	}
	return pairs, nil
}

func (s *target) end(failed *error) {
	if err := s.close(); *failed == nil {
		*failed = err
	}
}
