package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/countersign/countersign/bench/report"
)

// progress tells the one who waits what is done and how long the rest may take.
type progress struct {
	to    io.Writer
	cells int
	done  int

	mu     sync.Mutex
	began  time.Time // of the first cell
	quoted int       // tenths of the seeding that have been told
}

func newProgress(to io.Writer, cells int) *progress { return &progress{to: to, cells: cells} }

func (p *progress) say(what string) { fmt.Fprintln(p.to, what+" ...") }

// wait returns at a time, and says so when that is not now.
func (p *progress) wait(ctx context.Context, until time.Time) error {
	left := time.Until(until)
	if left <= 0 {
		return nil
	}
	p.say(fmt.Sprintf("waiting %v until codes can be spent again; with more USERS there is no need to", left.Round(time.Second)))
	select {
	case <-time.After(left):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// seeding tells every tenth of a long seeding.
func (p *progress) seeding(what string) func(done, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quoted = 0
	p.say("seeding " + what)
	return func(done, all int) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if tenth := done * 10 / all; tenth > p.quoted && all > mostSQLite {
			p.quoted = tenth
			fmt.Fprintf(p.to, "  %d of %d\n", done, all)
		}
	}
}

func (p *progress) seeded(k datasetKey, took time.Duration, bytes int64) {
	fmt.Fprintf(p.to, "seeded %v in %v, %d MB\n", k, took.Round(100*time.Millisecond), bytes>>20)
}

func (p *progress) measured(round int, cells []report.Cell) {
	if p.done == 0 {
		p.began = time.Now().Add(-time.Duration(cells[0].Seconds * float64(time.Second)))
	}
	p.done++
	rest := time.Since(p.began) / time.Duration(p.done) * time.Duration(p.cells-p.done)
	for _, c := range cells {
		name := cell{Key: c.Key}.name()
		fmt.Fprintf(p.to, "round %d  %3d/%d  %-38s %9.0f/s  p50 %7.2f  p99 %7.2f ms  cpu %4.0f + %4.0f us  (about %v left)%s\n",
			round, p.done, p.cells, name, c.PerSecond, c.P50, c.P99, c.CPUServer, c.CPUPostgres, rest.Round(time.Second), report.Uncounted(c))
	}
}

// compared tells what a pair came to.
func (p *progress) compared(pairs []report.Pair) {
	p.done++
	for _, of := range pairs {
		fmt.Fprintf(p.to, "%3d/%d  %-38s %7.0f/s and %7.0f/s, cpu %4.0f and %4.0f us%s%s\n", p.done, p.cells, cell{Key: of.Base.Key}.name(),
			of.Base.PerSecond, of.Other.PerSecond, of.Base.CPUServer+of.Base.CPUPostgres, of.Other.CPUServer+of.Other.CPUPostgres,
			report.Uncounted(of.Base), report.Uncounted(of.Other))
	}
}
