package service

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// A commit that takes long waits for a lock, a disk or a dead connection, and must
// not hold up everybody else.
const (
	commitsAtOnce  = 4
	commitPatience = 100 * time.Millisecond
)

// committer lets the decisions that queued up while the last commit ran go out
// together. Each caller gets the error of its own change, after its own commit.
type committer struct {
	store     store.Store
	snapshots *snapshots
	observer  Observer
	convoy    convoy[pendingCommit]
}

// pendingCommit is a change, and how its commit ended.
type pendingCommit struct {
	change domain.Change
	err    error
}

func newCommitter(store store.Store, known *snapshots, o Observer) *committer {
	c := &committer{store: store, snapshots: known, observer: o}
	c.convoy = convoy[pendingCommit]{
		ways: min(commitsAtOnce, store.Writers()), patience: commitPatience, choose: nextCommit, carry: c.carry,
	}
	return c
}

// commit carries out one change. When ctx ends before a batch took the change,
// nothing of it holds and the error is ErrUnavailable; once taken it is decided
// whatever becomes of its caller.
func (c *committer) commit(ctx context.Context, change domain.Change) error {
	if !change.Shares() {
		return c.send(ctx, change)[0]
	}
	m := &member[pendingCommit]{load: pendingCommit{change: change}}
	if !c.convoy.send(ctx, m) {
		return domain.ErrUnavailable.WithCause(ctx.Err())
	}
	return m.load.err
}

// send commits changes, and takes note of what became of each.
func (c *committer) send(ctx context.Context, changes ...domain.Change) []error {
	began := time.Now()
	errs := c.store.Commit(ctx, changes)
	c.observer.Committed(len(changes), time.Since(began))
	for i, change := range changes {
		c.snapshots.learn(change, errs[i])
	}
	return errs
}

// carry commits a batch. What became of it is known to whoever decides next
// before its members are told.
func (c *committer) carry(ctx context.Context, batch []*member[pendingCommit]) {
	changes := make([]domain.Change, len(batch))
	for i, m := range batch {
		m.load.err = domain.ErrOutcomeUnknown // should the store panic
		changes[i] = m.load.change
	}
	decided := map[domain.UserKey]*domain.User{}
	for i, err := range c.send(ctx, changes...) {
		batch[i].load.err = err
		if u := changes[i].User; u != nil && err == nil {
			decided[u.Key()] = u
		}
	}
	c.convoy.settle(func(p *pendingCommit) bool { return p.overtaken(decided) })
}

// overtaken settles a change that was decided on a version that has just been
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
// of whom one is out: of two the second could only wait and lose.
func nextCommit(queue, out []*member[pendingCommit]) (batch, rest []*member[pendingCommit]) {
	taken := make(map[domain.UserKey]bool, len(queue))
	for _, leader := range out {
		for _, m := range leader.batch {
			if m.load.change.User != nil {
				taken[m.load.change.User.Key()] = true
			}
		}
	}
	for _, m := range queue {
		user := m.load.change.User
		if len(batch) == maxBatch || (user != nil && taken[user.Key()]) {
			rest = append(rest, m)
			continue
		}
		if user != nil {
			taken[user.Key()] = true
		}
		batch = append(batch, m)
	}
	return batch, rest
}
