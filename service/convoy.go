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
// the queue when a batch may go leads it. It goes out after each of its members
// came. It is safe for concurrent use.
//
// One batch is out at a time, so that all who wait share what it costs by
// itself. But one that has been out for longer than patience waits for a disk, a
// lock or a dead connection: it counts no more.
type convoy[Load any] struct {
	ways     int // how many batches may be out
	patience time.Duration
	// choose takes, of a queue that is not empty, those that go out next, beside
	// the batches of the leaders that are out. When none is out it takes some.
	choose func(queue, out []*member[Load]) (batch, rest []*member[Load])
	// carry does the work of a batch. Its time does not end with the leader's
	// call.
	carry func(ctx context.Context, batch []*member[Load])
	// harmless says that nothing comes of what is carried. Then whoever has run
	// out of time need not see it to its end, and the leader's time is all that
	// a batch has.
	harmless bool

	mu    sync.Mutex
	queue []*member[Load]
	out   []*member[Load] // the leaders, in the order in which they went
	// late is armed while somebody waits whom patience could let go.
	late  *time.Timer
	armed bool
}

// member is one load on its way.
type member[Load any] struct {
	load Load
	// turn is closed when the load has been carried, or when it leads a batch.
	turn  chan struct{}
	batch []*member[Load] // set for the leader, itself first
	since time.Time       // when the leader went
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
	if len(c.out) == 0 { // then nobody is in the queue
		c.goOut([]*member[Load]{m})
		return true
	}
	c.queue = append(c.queue, m)
	c.dispatch()
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
		c.comeBack(m)
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

// comeBack lets others go for the batch that a leader brought back.
func (c *convoy[Load]) comeBack(leader *member[Load]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.Index(c.out, leader)
	c.out = slices.Delete(c.out, at, at+1)
	c.dispatch()
}

// dispatch sends a batch of those who wait, if one may go. The caller holds the
// lock, as that of all that follows does.
func (c *convoy[Load]) dispatch() {
	if len(c.queue) == 0 || len(c.out) >= c.ways {
		return
	}
	if c.left() <= 0 {
		if batch, rest := c.choose(c.queue, c.out); len(batch) > 0 {
			c.queue = rest
			c.goOut(batch)
			close(batch[0].turn)
		}
	}
	c.watch()
}

// left is how long patience with what is out still lasts.
func (c *convoy[Load]) left() time.Duration {
	if len(c.out) == 0 {
		return 0
	}
	return c.patience - time.Since(c.out[len(c.out)-1].since)
}

// goOut makes the first of a batch its leader.
func (c *convoy[Load]) goOut(batch []*member[Load]) {
	leader := batch[0]
	leader.batch, leader.since = batch, time.Now()
	c.out = append(c.out, leader)
}

// watch makes sure that those who wait go when patience ends, whether or not
// somebody comes or comes back. It looks again when it is due, in place of being
// put off by each batch that goes.
func (c *convoy[Load]) watch() {
	if c.armed || len(c.queue) == 0 || len(c.out) >= c.ways {
		return
	}
	left := c.left()
	if left <= 0 {
		return // who waits now, waits for one that is out to come back
	}
	c.armed = true
	if c.late == nil {
		c.late = time.AfterFunc(left, c.look)
		return
	}
	c.late.Reset(left)
}

func (c *convoy[Load]) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = false
	c.dispatch()
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
