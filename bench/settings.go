package main

import (
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/countersign/countersign/bench/report"
)

// settings of a run, by flag or environment.
type settings struct {
	Rounds      int           `env:"ROUNDS" default:"3" help:"How often everything is measured; the report has medians."`
	Duration    time.Duration `env:"DURATION" default:"10s" help:"How long each cell is measured."`
	Concurrency []int         `env:"CONCURRENCY" default:"1,8,32,64" help:"Connections of the verifications."`
	Only        string        `env:"ONLY" help:"Measure only the cells whose names this regular expression matches, as in: verify/sqlite|pgbench."`
	Users       []int         `env:"USERS" default:"10000,1000000" help:"Enrolled users of the deployments on PostgreSQL; the last is the main one."`
	Events      int           `env:"EVENTS" default:"10000000" help:"Audit events of the tenant that lists them beside another."`
	Binary      string        `env:"BINARY" default:"bin/countersign" help:"The program to measure."`
	Dir         string        `env:"BENCH_DIR" help:"Where the data is put for the time of the run; default: the directory for temporary files."`
	Name        string        `default:"bench" help:"The results of a whole run go to NAME.json, those of a slice to slice.json."`
	Scope       string        `help:"The cells of a whole run, as a regular expression; of these, ONLY selects."`
	Results     string        `default:"bench/results" help:"The folder of results."`

	scope, only *regexp.Regexp
}

// checked returns the settings that can be carried out.
func (s settings) checked() (settings, error) {
	var err error
	switch {
	case s.Rounds < 1:
		return s, errors.New("ROUNDS must be at least 1")
	case s.Duration < time.Second:
		return s, errors.New("DURATION must be at least 1s, which is the least that pgbench can do")
	case len(s.Concurrency) == 0 || slices.Min(s.Concurrency) < 1 || slices.Max(s.Concurrency) > mostWorkers:
		return s, errors.New("CONCURRENCY must be numbers from 1 to 150, separated by commas: the cluster has 200 connections")
	case len(s.Users) == 0 || slices.Min(s.Users) < leastUsers:
		return s, errors.New("USERS must be numbers of at least 1000, separated by commas")
	case s.Events < leastEvents:
		return s, errors.New("EVENTS must be at least 1000")
	}
	if s.scope, err = regexp.Compile(s.Scope); err != nil {
		return s, err
	}
	s.only, err = regexp.Compile(s.Only)
	return s, err
}

// wants reports whether a cell is to be measured.
func (s settings) wants(cell string) bool {
	return s.scope.MatchString(cell) && s.only.MatchString(cell)
}

// whole reports whether the run is one to keep: nothing is left out, the tenant is large and so is its trail, and each
// cell is long enough to mean something.
func (s settings) whole() bool {
	return s.Only == "" && s.Rounds >= 3 && s.Duration >= 5*time.Second && s.main() >= 1_000_000 && s.Events >= 10_000_000
}

// out is the file for the results.
func (s settings) out() string {
	if !s.whole() {
		return filepath.Join(s.Results, "slice.json")
	}
	return filepath.Join(s.Results, s.Name+".json")
}

const (
	mostWorkers = 150
	leastUsers  = 1000
	leastEvents = 1000
	mostSQLite  = 100_000 // through the store, more would take minutes
)

// main is the size of the main deployment.
func (s settings) main() int { return s.Users[len(s.Users)-1] }

func (s settings) onSQLite() int { return min(s.main(), mostSQLite) }

// upTo is a concurrency that the settings allow.
func (s settings) upTo(workers int) int { return min(workers, slices.Max(s.Concurrency)) }

func (s settings) report() report.Settings {
	return report.Settings{
		Rounds: s.Rounds, Duration: s.Duration.Seconds(), Concurrency: s.Concurrency, Only: s.Only,
	}
}
