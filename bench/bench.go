package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/countersign/countersign/bench/environment"
	"github.com/countersign/countersign/bench/meter"
	"github.com/countersign/countersign/bench/report"
)

// bench is a run.
type bench struct {
	settings    settings
	environment *environment.Environment
	datasets    map[datasetKey]*dataset
	pgbench     *pgbench
	progress    *progress
	result      report.Result
}

// run measures all that the settings ask for. Whatever it started has ended when it returns.
func (s settings) run(ctx context.Context) (result report.Result, err error) {
	plan := s.plan()
	if len(plan) == 0 && !s.wantsFootprint() {
		return report.Result{}, fmt.Errorf("ONLY=%s matches no cell; names are like %s", s.Only, s.all()[0].name())
	}
	b := &bench{settings: s, datasets: map[datasetKey]*dataset{}, progress: newProgress(os.Stderr, s.Rounds*len(plan))}
	b.progress.say("starting PostgreSQL")
	if b.environment, err = environment.New(s.Binary, s.Dir); err != nil {
		return report.Result{}, err
	}
	defer func() {
		if closed := b.environment.Close(); err == nil {
			err = closed
		}
	}()
	err = b.all(ctx, plan)
	return b.result, err
}

func (b *bench) all(ctx context.Context, plan []cell) error {
	began := time.Now()
	b.result.Began, b.result.Settings = began.UTC().Truncate(time.Second), b.settings.report()
	if err := b.describe(ctx); err != nil {
		return err
	}
	if err := b.prepare(ctx, plan); err != nil {
		return err
	}
	for round := 1; round <= b.settings.Rounds; round++ {
		for _, c := range inRound(plan, round) {
			if err := b.one(ctx, round, c); err != nil {
				return fmt.Errorf("%s: %w", c.name(), err)
			}
		}
	}
	if b.settings.wantsFootprint() {
		b.progress.say("starting and stopping")
		if err := b.footprint(ctx); err != nil {
			return err
		}
	}
	b.result.Took = time.Since(began).Seconds()
	return nil
}

func (b *bench) one(ctx context.Context, round int, c cell) error {
	measure := b.measure
	switch {
	case c.Engine == baseline:
		measure = b.baseline
	case sideBySide(c.Measure):
		measure = b.measureBeside
	}
	cells, err := measure(ctx, c)
	if err != nil {
		return err
	}
	for _, measured := range cells {
		measured.Round = round
		b.result.Cells = append(b.result.Cells, measured)
	}
	b.progress.measured(round, cells)
	return nil
}

// prepare makes what the plan needs, and nothing else.
func (b *bench) prepare(ctx context.Context, plan []cell) (err error) {
	needed := map[datasetKey]bool{}
	for _, c := range plan {
		needed[c.dataset()] = c.Engine != baseline
		if c.Engine == baseline && b.pgbench == nil {
			b.progress.say("filling pgbench's table")
			if b.pgbench, err = newPgbench(ctx, b.environment); err != nil {
				return err
			}
		}
	}
	if b.settings.wantsFootprint() {
		needed[b.settings.footprintDataset()] = true
	}
	for key, need := range needed {
		if !need {
			continue
		}
		if b.datasets[key], err = b.makeDataset(ctx, key); err != nil {
			return err
		}
	}
	return b.makePlain(ctx, plan)
}

// describe notes what is measured, and on what.
func (b *bench) describe(ctx context.Context) (err error) {
	if b.result.Machine, err = meter.ThisMachine(b.environment.Dir()); err != nil {
		return err
	}
	b.result.PostgreSQL, err = b.environment.Settings(ctx, "server_version", "fsync", "synchronous_commit",
		"full_page_writes", "shared_buffers", "max_wal_size", "checkpoint_timeout", "autovacuum")
	if err != nil {
		return err
	}
	b.result.Software.PostgreSQL = b.result.PostgreSQL["server_version"]
	info, err := buildinfo.ReadFile(b.environment.Binary())
	if err != nil {
		return err
	}
	version, err := exec.CommandContext(ctx, b.environment.Binary(), "version").Output()
	b.result.Software.Version = strings.TrimSpace(string(version))
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.result.Software.Commit = setting.Value
		case "vcs.modified":
			b.result.Software.Modified = setting.Value == "true"
		}
	}
	return err
}
