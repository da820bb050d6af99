package batch

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// A commit that takes long waits for a lock, a disk or a dead connection, and must
// not hold up everybody else.
const (
	commitsInFlight = 4
	commitSlowAfter = 100 * time.Millisecond
)

// committer lets the decisions that queued up while the last commit ran go out
// together. Each caller gets the error of its own change, after its own commit.
type committer struct {
	inner    Inner
	hints    *hints
	observer Observer
	batcher  batcher[pendingCommit]
}

// pendingCommit is a change, and how its commit ended.
type pendingCommit struct {
	change domain.Change
	err    error
}

func newCommitter(inner Inner, known *hints, o Observer) *committer {
	c := &committer{inner: inner, hints: known, observer: o}
	c.batcher = batcher[pendingCommit]{
		maxInFlight: min(commitsInFlight, inner.Writers()), slowAfter: commitSlowAfter, pick: nextCommit, run: c.run,
	}
	return c
}

// commit carries out one change. When ctx ends before a batch took the change,
// nothing of it holds and the error is domain.ErrUnavailable; once taken it is
// decided whatever becomes of its caller.
func (c *committer) commit(ctx context.Context, change domain.Change) error {
	if change.Exclusive() {
		return c.send(ctx, change)[0]
	}
	r := &request[pendingCommit]{item: pendingCommit{change: change}}
	if !c.batcher.do(ctx, r) {
		return fmt.Errorf("%w: %w", domain.ErrUnavailable, ctx.Err())
	}
	return r.item.err
}

// commitUnbatched commits changes that do not queue with those of others: there are enough
// of them, or their caller waits no longer than its own time. Nor are their users
// remembered: they would drive out those who log in.
func (c *committer) commitUnbatched(ctx context.Context, changes []domain.Change) []error {
	defer func() { // whatever became of them
		for _, change := range changes {
			if change.User != nil {
				c.hints.forget(change.User.Key())
			}
		}
	}()
	return c.inner.Commit(ctx, changes)
}

// send commits changes, and takes note of what became of each.
func (c *committer) send(ctx context.Context, changes ...domain.Change) (errs []error) {
	defer func() { c.learn(changes, errs) }()
	began := time.Now()
	errs = c.inner.Commit(ctx, changes)
	c.observer.Committed(len(changes), time.Since(began))
	return errs
}

// learn has no errors where the store panicked.
func (c *committer) learn(changes []domain.Change, errs []error) {
	for i, change := range changes {
		err := error(domain.ErrOutcomeUnknown)
		if len(errs) > 0 {
			err = errs[i]
		}
		c.hints.learn(change, err)
	}
}

// run commits a batch. What became of it is known to whoever decides next
// before its members are told.
func (c *committer) run(ctx context.Context, batch []*request[pendingCommit]) {
	changes := make([]domain.Change, len(batch))
	for i, r := range batch {
		r.item.err = domain.ErrOutcomeUnknown // should the store panic
		changes[i] = r.item.change
	}
	decided := map[domain.UserKey]*domain.User{}
	for i, err := range c.send(ctx, changes...) {
		batch[i].item.err = err
		if u := changes[i].User; u != nil && err == nil {
			decided[u.Key()] = u
		}
	}
	c.batcher.resolve(func(p *pendingCommit) bool { return p.overtaken(decided) })
}

// overtaken resolves a change that was decided on a version that has just been
// replaced: its compare-and-set could only fail, so the store is not asked. A
// burst of guesses at one user would else cost one failing commit for each.
func (p *pendingCommit) overtaken(decided map[domain.UserKey]*domain.User) bool {
	if p.change.User == nil {
		return false
	}
	by := decided[p.change.User.Key()]
	if by == nil || by.Incarnation != p.change.User.Incarnation || p.change.User.Version > by.Version {
		return false
	}
	p.err = domain.ErrConflict
	return true
}

// nextCommit takes at most maxBatch changes, one of each user and none of a user
// of whom one is in flight: of two the second could only wait and lose.
func nextCommit(queue, inFlight []*request[pendingCommit]) (batch, rest []*request[pendingCommit]) {
	taken := make(map[domain.UserKey]bool, len(queue))
	for _, leader := range inFlight {
		for _, r := range leader.batch {
			if r.item.change.User != nil {
				taken[r.item.change.User.Key()] = true
			}
		}
	}
	for _, r := range queue {
		user := r.item.change.User
		if len(batch) == maxBatch || (user != nil && taken[user.Key()]) {
			rest = append(rest, r)
			continue
		}
		if user != nil {
			taken[user.Key()] = true
		}
		batch = append(batch, r)
	}
	return batch, rest
}
