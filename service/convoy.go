package service

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxBatch bounds how many go out together.
const maxBatch = 128

// convoy lets those who come while the store is busy go out together. Whoever
// finds nobody out goes at once and alone; others queue, and whoever is first in
// the queue when a batch comes back leads the next one. It goes out after each
// of its members came. It is safe for concurrent use.
type convoy[Load any] struct {
	ways int // how many batches may be out at once
	// patience is how long a batch may be out before another goes beside it.
	patience time.Duration
	// choose takes, of a queue that is not empty, those that go out next: the
	// first of them and whoever can go along.
	choose func(queue []*member[Load]) (batch, rest []*member[Load])
	// carry does the work of a batch. Its time does not end with the leader's
	// call.
	carry func(ctx context.Context, batch []*member[Load])
	// harmless says that nothing comes of what is carried. Then whoever has run
	// out of time need not see it to its end, and the leader's time is all that
	// a batch has.
	harmless bool

	mu    sync.Mutex
	out   int
	last  time.Time // when the last batch went
	queue []*member[Load]
}

// member is one load on its way.
type member[Load any] struct {
	load Load
	// turn is closed when the load has been carried, or when it leads a batch.
	turn  chan struct{}
	batch []*member[Load] // set for the leader, itself first
}

// send returns when the load has been carried, and reports true; or when ctx
// ended before a batch took it, or a harmless one brought it back: then nothing
// came of it.
func (c *convoy[Load]) send(ctx context.Context, m *member[Load]) bool {
	m.turn = make(chan struct{})
	if !c.enter(m) {
		if !c.await(ctx, m) {
			return false
		}
		if m.batch == nil {
			return true
		}
	}
	c.lead(ctx, m)
	return true
}

// enter reports whether m goes at once; else it is queued.
func (c *convoy[Load]) enter(m *member[Load]) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out == 0 { // then nobody is in the queue
		c.out, c.last, m.batch = 1, time.Now(), []*member[Load]{m}
		return true
	}
	c.queue = append(c.queue, m)
	if c.out < c.ways && c.overdue() {
		c.out++
		c.dispatch()
	}
	return m.batch != nil
}

// await reports whether the turn of m came; else m has left the queue.
func (c *convoy[Load]) await(ctx context.Context, m *member[Load]) bool {
	select {
	case <-m.turn:
		return true
	case <-ctx.Done():
	}
	c.mu.Lock()
	at := slices.Index(c.queue, m)
	if at >= 0 {
		c.queue = slices.Delete(c.queue, at, at+1)
	}
	leads := m.batch != nil // others wait for it to go
	c.mu.Unlock()
	if at >= 0 || (c.harmless && !leads) {
		return false
	}
	<-m.turn // a batch took it meanwhile
	return true
}

// lead carries the batch of m, lets the next one go, and tells its own members.
// A panic in the store must not leave the others waiting.
func (c *convoy[Load]) lead(ctx context.Context, m *member[Load]) {
	defer func() {
		c.handOver()
		for _, other := range m.batch[1:] {
			close(other.turn)
		}
	}()
	until := time.Now().Add(commitTimeout)
	if own, ok := ctx.Deadline(); ok && c.harmless && own.Before(until) {
		until = own
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), until)
	defer cancel()
	c.carry(ctx, m.batch)
}

// handOver lets the next batch go for the one that came back.
func (c *convoy[Load]) handOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 || (c.out > 1 && !c.overdue()) {
		c.out--
		return
	}
	c.dispatch()
}

// overdue reports whether those who wait should wait no longer for what is out.
// The caller holds the lock.
func (c *convoy[Load]) overdue() bool { return time.Since(c.last) >= c.patience }

// dispatch makes the first in the queue the leader of a batch. The caller holds
// the lock.
func (c *convoy[Load]) dispatch() {
	c.last = time.Now()
	batch, rest := c.choose(c.queue)
	c.queue = rest
	batch[0].batch = batch
	close(batch[0].turn)
}

// settle takes those out of the queue whose fate is known without going.
func (c *convoy[Load]) settle(known func(*Load) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = slices.DeleteFunc(c.queue, func(m *member[Load]) bool {
		if !known(&m.load) {
			return false
		}
		close(m.turn)
		return true
	})
}
