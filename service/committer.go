package service

import (
	"context"
	"slices"
	"sync"
)

// maxBatch bounds how many decisions share one commit.
const maxBatch = 128

// committer lets the decisions that queued up while the last commit ran go out
// together. Nobody waits for company: who finds no commit running goes at once
// and alone, and whoever comes first while one runs leads the next. Each caller
// gets the error of its own change, after its own commit.
type committer struct {
	store Store

	mu      sync.Mutex
	running bool
	queue   []*queued
}

// queued is a change that waits for the running commit to end.
type queued struct {
	change Change
	// turn is closed when the change is decided, or when it leads a batch.
	turn  chan struct{}
	batch []*queued // set for the leader of a batch, itself first
	err   error
}

// commit carries out one change. When ctx ends before a batch took the change,
// nothing of it holds and the error is ErrUnavailable; once taken it is decided
// whatever becomes of its caller.
func (c *committer) commit(ctx context.Context, change Change) error {
	if !change.shares() {
		return c.store.Commit(ctx, []Change{change})[0]
	}
	q := &queued{change: change, turn: make(chan struct{})}
	if !c.enter(q) {
		if !c.await(ctx, q) {
			return ErrUnavailable.because(ctx.Err())
		}
		if q.batch == nil {
			return q.err
		}
	}
	c.lead(ctx, q)
	return q.err
}

// await reports whether the turn of q came; else q has left the queue.
func (c *committer) await(ctx context.Context, q *queued) bool {
	select {
	case <-q.turn:
		return true
	case <-ctx.Done():
	}
	c.mu.Lock()
	at := slices.Index(c.queue, q)
	if at >= 0 {
		c.queue = slices.Delete(c.queue, at, at+1)
	}
	c.mu.Unlock()
	if at < 0 {
		<-q.turn // a batch took it meanwhile
	}
	return at < 0
}

// shares reports whether a change may go out with others. Those that take the
// tenant's row may have to wait for it, and others must not wait with them.
func (c Change) shares() bool {
	return c.Tenant == nil && !c.EraseSealedCodes && c.ServiceKey == nil && c.Custody == ""
}

// enter reports whether q goes at once; else it is queued.
func (c *committer) enter(q *queued) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running {
		c.queue = append(c.queue, q)
		return false
	}
	c.running = true
	q.batch = []*queued{q}
	return true
}

// lead commits the batch of q, lets the next one go, and tells its own members.
// A panic in the store must not leave the others waiting.
func (c *committer) lead(ctx context.Context, q *queued) {
	for _, member := range q.batch {
		member.err = ErrOutcomeUnknown
	}
	defer func() {
		c.handOver()
		for _, member := range q.batch[1:] {
			close(member.turn)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	changes := make([]Change, len(q.batch))
	for i, member := range q.batch {
		changes[i] = member.change
	}
	for i, err := range c.store.Commit(ctx, changes) {
		q.batch[i].err = err
	}
}

// handOver makes the first in the queue the leader of the next batch.
func (c *committer) handOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.running = false
		return
	}
	batch, rest := nextBatch(c.queue)
	c.queue = rest
	batch[0].batch = batch
	close(batch[0].turn)
}

// nextBatch takes at most maxBatch changes, one of each user: of two in one
// commit the second could only lose.
func nextBatch(queue []*queued) (batch, rest []*queued) {
	seen := make(map[userKey]bool, len(queue))
	for _, q := range queue {
		var who userKey
		if q.change.User != nil {
			who = userKey{q.change.TenantID, q.change.User.ID}
		}
		if len(batch) == maxBatch || (q.change.User != nil && seen[who]) {
			rest = append(rest, q)
			continue
		}
		seen[who] = true
		batch = append(batch, q)
	}
	return batch, rest
}
