package bulk

import (
	"context"
	"iter"
	"slices"
	"sync"
)

// run is one import on its way.
type run[L Line] struct {
	*Importer
	Input[L]
	done     int           // line up to which all is decided
	inFlight []*running[L] // batches being decided, the oldest first
}

// run reads one batch while those before are being decided.
func (r *run[L]) run(ctx context.Context) error {
	batches := make(chan []L)
	reading, stop := context.WithCancel(ctx)
	var reader sync.WaitGroup
	var readPanic any
	var readError error
	reader.Go(func() {
		defer close(batches)
		defer func() { readPanic = recover() }() // this goroutine is nobody's to catch
		readError = inBatches(reading, r.Lines, batches)
	})
	all, err := r.decideAll(ctx, batches)
	stop()
	if !all && r.Stop != nil {
		r.Stop()
	}
	reader.Wait()
	switch {
	case readPanic != nil:
		panic(readPanic)
	case err == nil && readError != nil: // which knows best why ctx ended, if it did
		err = readError
	case err == nil && !all:
		err = ctx.Err()
	}
	if err != nil {
		err = &Ended{Done: r.done, Cause: err}
	}
	return err
}

// decideAll reports whether it came to the end of the batches.
func (r *run[L]) decideAll(ctx context.Context, batches <-chan []L) (all bool, err error) {
	defer r.abandon()
	for {
		incoming := batches
		if len(r.inFlight) == batchesAtOnce {
			incoming = nil
		}
		select {
		case <-ctx.Done():
			return false, r.collect(0)
		case <-r.oldest():
			if err := r.collect(len(r.inFlight) - 1); err != nil {
				return false, err
			}
		case lines, more := <-incoming:
			if !more {
				return true, r.collect(0)
			}
			b := newBatch(lines)
			if err := r.awaitConflicting(b); err != nil {
				return false, err
			}
			if ended(ctx) { // of two that are ready, select takes any
				return false, r.collect(0)
			}
			r.begin(ctx, b)
		}
	}
}

func ended(ctx context.Context) bool { return ctx.Err() != nil }

// inBatches hands the lines over until they end, or ctx does.
func inBatches[L Line](ctx context.Context, lines iter.Seq2[L, error], batches chan<- []L) error {
	var batch []L
	for line, err := range lines {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		batch = append(batch, line)
		if len(batch) == batchLines {
			if err := sendBatch(ctx, batch, batches); err != nil {
				return err
			}
			batch = make([]L, 0, batchLines)
		}
	}
	return sendBatch(ctx, batch, batches)
}

func sendBatch[L Line](ctx context.Context, batch []L, batches chan<- []L) error {
	if len(batch) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case batches <- batch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// running is a batch that is being decided.
type running[L Line] struct {
	batch    *batch[L]
	made     chan struct{} // closed when it is
	err      error
	panicked any
}

// begin decides a batch, whatever becomes of ctx.
func (r *run[L]) begin(ctx context.Context, b *batch[L]) {
	d := &running[L]{batch: b, made: make(chan struct{})}
	r.inFlight = append(r.inFlight, d)
	go func() {
		defer close(d.made)
		defer func() { d.panicked = recover() }() // this goroutine is nobody's to catch
		d.err = r.decide(context.WithoutCancel(ctx), b)
	}()
}

// awaitConflicting waits for those that b must come after: of two lines about one user
// the later one comes later.
func (r *run[L]) awaitConflicting(b *batch[L]) error {
	if slices.ContainsFunc(r.inFlight, func(d *running[L]) bool { return b.overlaps(d.batch) }) {
		return r.collect(0)
	}
	return nil
}

// oldest is closed when the batch that is counted next has been decided; nil
// where there is none.
func (r *run[L]) oldest() <-chan struct{} {
	if len(r.inFlight) == 0 {
		return nil
	}
	return r.inFlight[0].made
}

// collect waits for the oldest batches until no more than so many are out, and
// counts each: nothing is counted before all that came before it.
func (r *run[L]) collect(left int) error {
	for len(r.inFlight) > left {
		d := r.inFlight[0]
		<-d.made
		r.inFlight = r.inFlight[1:]
		if d.panicked != nil {
			panic(d.panicked)
		}
		if d.err != nil {
			return d.err
		}
		for n, line := range d.batch.lines {
			r.Count(line, d.batch.outcomes[n])
			r.done = line.Head().Number
		}
	}
	return nil
}

// abandon waits for those whose outcome counts no more.
func (r *run[L]) abandon() {
	for _, d := range r.inFlight {
		<-d.made
	}
}
