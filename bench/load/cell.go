package load

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Work is one unit of what is measured, of one request or several. It returns the status that tells how it
// went, or [ErrEnd]. Workers call it at the same time, each with its own connection.
type Work func(*Conn) (status int, err error)

// ErrEnd says that there is nothing left to do; the cell then ends before its time.
var ErrEnd = errors.New("there is nothing left to do")

// Cell is one measurement.
type Cell struct {
	// Addresses are HOST:PORT of the servers, among which the workers are dealt out.
	Addresses []string
	// Workers is the concurrency.
	Workers int
	// Lead is how long units are begun that do not count: what runs beside other load counts when all of it is there.
	Lead time.Duration
	// For is how long, after the lead, a worker begins further units.
	For time.Duration
	// Most bounds the units; 0: no limit.
	Most int64
	// HonorRetryAfter: workers wait, after an answer with Retry-After, as long as it says. Those who do not
	// would fill the machine with refusals.
	HonorRetryAfter bool
	Work            Work
}

// Outcome is what came of a cell.
type Outcome struct {
	// Good is how many units were answered 200; only they count.
	Good int
	// Answers is how often each status was the answer.
	Answers map[int]int
	// Elapsed is from the first request that may count to the last answer.
	Elapsed time.Duration
	// Latencies are those of the good units, sorted.
	Latencies []time.Duration
	// CPU is what this process took, the lead included.
	CPU time.Duration
}

// Run measures. An answer that does not come is an error: nothing counts then.
func (c Cell) Run(ctx context.Context) (Outcome, error) {
	ctx, stop := context.WithTimeout(ctx, c.Lead+c.For+answerTimeout)
	defer stop()
	conns, err := c.dial()
	for _, conn := range conns {
		defer conn.Close()
	}
	if err != nil {
		return Outcome{}, err
	}
	from := time.Now().Add(c.Lead)
	r := run{cell: c, from: from, until: from.Add(c.For)}
	return r.all(ctx, conns)
}

func (c Cell) dial() ([]*Conn, error) {
	var conns []*Conn
	for n := range c.Workers {
		conn, err := Dial(c.Addresses[n%len(c.Addresses)])
		if err != nil {
			return conns, err
		}
		conns = append(conns, conn)
	}
	return conns, nil
}

// run is what the workers of a cell share.
type run struct {
	cell        Cell
	from, until time.Time
	begun       atomic.Int64
	ended       atomic.Bool
}

// tally is one worker's.
type tally struct {
	latencies []time.Duration
	answers   map[int]int
	err       error
}

func (r *run) all(ctx context.Context, conns []*Conn) (Outcome, error) {
	tallies := make([]tally, len(conns))
	cpu := OwnCPU()
	var workers sync.WaitGroup
	for n, conn := range conns {
		workers.Go(func() { tallies[n] = r.work(ctx, conn) })
	}
	workers.Wait()
	o := Outcome{Elapsed: max(0, time.Since(r.from)), CPU: OwnCPU() - cpu, Answers: map[int]int{}}
	for _, t := range tallies {
		if t.err != nil {
			return Outcome{}, t.err
		}
		o.Latencies = append(o.Latencies, t.latencies...)
		for status, times := range t.answers {
			o.Answers[status] += times
		}
	}
	slices.Sort(o.Latencies)
	o.Good = len(o.Latencies)
	return o, ctx.Err()
}

func (r *run) work(ctx context.Context, conn *Conn) tally {
	t := tally{latencies: make([]time.Duration, 0, 1<<12), answers: map[int]int{}}
	for ctx.Err() == nil && !r.over() {
		began := time.Now()
		status, err := r.cell.Work(conn)
		if err != nil {
			if r.ended.Store(true); !errors.Is(err, ErrEnd) {
				t.err = err
			}
			return t
		}
		if !began.Before(r.from) {
			t.count(status, time.Since(began))
		}
		r.pause(ctx, conn)
	}
	return t
}

func (t *tally) count(status int, took time.Duration) {
	t.answers[status]++
	if status == http.StatusOK {
		t.latencies = append(t.latencies, took)
	}
}

// pause waits as the last answer says, but not beyond the end.
func (r *run) pause(ctx context.Context, conn *Conn) {
	wait := min(conn.retryAfter, time.Until(r.until))
	if !r.cell.HonorRetryAfter || wait <= 0 {
		return
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
}

// over reports whether no further unit begins.
func (r *run) over() bool {
	return r.ended.Load() || (r.cell.Most > 0 && r.begun.Add(1) > r.cell.Most) || !time.Now().Before(r.until)
}
