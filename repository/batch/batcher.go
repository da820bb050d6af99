package batch

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/countersign/countersign/service/store"
)

// maxBatch bounds how many requests go together.
const maxBatch = 128

// batcher lets those who come while the store is busy go together. Whoever
// finds nothing in flight goes at once and alone; others queue, and whoever is
// first in the queue when a batch may go leads it. A batch begins after each of
// its members came. It is safe for concurrent use.
//
// One batch is in flight at a time, so that all who wait share what it costs by
// itself. But one that has been in flight for slowAfter waits for a disk, a lock
// or a dead connection: then the next one goes beside it.
type batcher[T any] struct {
	maxInFlight int
	slowAfter   time.Duration
	// pick takes, of a queue that is not empty, those that go next, beside the
	// batches of the leaders that are in flight. When none is it takes some.
	pick func(queue, inFlight []*request[T]) (batch, rest []*request[T])
	// run does the work of a batch. Its time does not end with the leader's
	// call.
	run func(ctx context.Context, batch []*request[T])
	// cancelable says that a batch leaves nothing behind. Then whoever has run
	// out of time need not see it to its end, and the leader's time is all that
	// a batch has.
	cancelable bool

	mu       sync.Mutex
	queue    []*request[T]
	inFlight []*request[T] // the leaders, in the order in which they began
	// timer is armed while somebody waits whom slowAfter could let go.
	timer *time.Timer
	armed bool
}

// request is one item, and where it is on its way.
type request[T any] struct {
	item T
	// ready is closed when the item has been through a batch, or when it leads one.
	ready chan struct{}
	batch []*request[T] // set for the leader, itself first
	began time.Time     // when the leader's batch did
}

// do returns when the item has been through a batch, and reports true; or when
// ctx ended before a batch took it, or a cancelable one brought it back: then
// nothing came of it.
func (b *batcher[T]) do(ctx context.Context, r *request[T]) bool {
	if ctx.Err() != nil {
		return false
	}
	b.join(r)
	if !b.await(ctx, r) {
		return false
	}
	if r.batch != nil {
		b.lead(ctx, r)
	}
	return true
}

// join queues r, which goes at once if a batch may.
func (b *batcher[T]) join(r *request[T]) {
	r.ready = make(chan struct{})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, r)
	b.dispatch()
}

// await reports whether r is ready; else it has left the queue.
func (b *batcher[T]) await(ctx context.Context, r *request[T]) bool {
	select {
	case <-r.ready:
		return true
	case <-ctx.Done():
	}
	b.mu.Lock()
	at := slices.Index(b.queue, r)
	queued, leads := at >= 0, r.batch != nil
	if queued {
		b.queue = slices.Delete(b.queue, at, at+1)
	}
	b.mu.Unlock()
	if queued || (b.cancelable && !leads) { // for one that leads others wait
		return false
	}
	<-r.ready
	return true
}

// lead runs the batch of r, lets the next one go, and tells its own members.
// A panic in the store must not leave the others waiting.
func (b *batcher[T]) lead(ctx context.Context, r *request[T]) {
	defer func() {
		b.finish(r)
		for _, other := range r.batch[1:] {
			close(other.ready)
		}
	}()
	until := r.began.Add(store.DecisionTimeout)
	if own, ok := ctx.Deadline(); ok && b.cancelable && own.Before(until) {
		until = own
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), until)
	defer cancel()
	b.run(ctx, r.batch)
}

// finish lets others go in the place of the batch that a leader brought back.
func (b *batcher[T]) finish(leader *request[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.Index(b.inFlight, leader)
	b.inFlight = slices.Delete(b.inFlight, at, at+1)
	b.dispatch()
}

// dispatch starts a batch of those who wait, if one may go; else the timer sees
// to them, or whoever finishes. The caller holds the lock, as that of all that
// follows does.
func (b *batcher[T]) dispatch() {
	if len(b.queue) == 0 || len(b.inFlight) == b.maxInFlight {
		return
	}
	if wait := b.untilSlow(); wait > 0 {
		b.arm(wait)
		return
	}
	batch, rest := b.pick(b.queue, b.inFlight)
	if len(batch) == 0 {
		return // each waits for one that is in flight
	}
	b.queue = rest
	b.start(batch)
	b.dispatch() // for the rest, the timer
}

// untilSlow is how long what is in flight still holds up those who wait.
func (b *batcher[T]) untilSlow() time.Duration {
	if len(b.inFlight) == 0 {
		return 0
	}
	return b.slowAfter - time.Since(b.inFlight[len(b.inFlight)-1].began)
}

// start makes the first of a batch its leader.
func (b *batcher[T]) start(batch []*request[T]) {
	leader := batch[0]
	leader.batch, leader.began = batch, time.Now()
	b.inFlight = append(b.inFlight, leader)
	close(leader.ready)
}

// arm makes sure that those who wait go when what is in flight is slow, whether
// or not somebody comes or finishes. A timer that runs is left alone: it looks
// again when it is due, in place of being put off by each batch that starts.
func (b *batcher[T]) arm(wait time.Duration) {
	if b.armed {
		return
	}
	b.armed = true
	if b.timer == nil {
		b.timer = time.AfterFunc(wait, b.due)
		return
	}
	b.timer.Reset(wait)
}

func (b *batcher[T]) due() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed = false
	b.dispatch()
}

// resolve takes those out of the queue whose fate is known without a batch.
func (b *batcher[T]) resolve(known func(*T) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = slices.DeleteFunc(b.queue, func(r *request[T]) bool {
		if !known(&r.item) {
			return false
		}
		close(r.ready)
		return true
	})
}
