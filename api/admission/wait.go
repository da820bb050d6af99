package admission

import (
	"context"
	"time"
)

// line lets one more of a tenant wait, if need be in the place of another.
func (q *Queue) line(t *tenant) (*waiter, error) {
	if q.waiting >= q.limits.Waiting && !q.makeRoom(t) {
		return nil, ErrFull
	}
	w := &waiter{tenant: t, turn: make(chan error, 1)}
	w.place = t.waiters.PushBack(w)
	q.waiting++
	if t.turn == nil {
		t.turn = q.turns.PushBack(t)
	}
	return w, nil
}

// makeRoom refuses the newest of the tenant that has most waiting, so that who
// has waited has not done so in vain. It does not where that tenant would then
// have fewer than the one that comes: nobody within an equal share of the places
// is ever refused.
func (q *Queue) makeRoom(t *tenant) bool {
	longest := t
	for e := q.turns.Front(); e != nil; e = e.Next() {
		if other := e.Value.(*tenant); other.waiters.Len() > longest.waiters.Len() {
			longest = other
		}
	}
	if longest.waiters.Len() <= t.waiters.Len()+1 {
		return false
	}
	newest := longest.waiters.Back().Value.(*waiter)
	q.remove(newest)
	newest.turn <- ErrFull
	return true
}

// remove takes a waiter out of the line.
func (q *Queue) remove(w *waiter) {
	t := w.tenant
	t.waiters.Remove(w.place)
	w.place = nil
	q.waiting--
	if t.waiters.Len() == 0 {
		q.turns.Remove(t.turn)
		t.turn = nil
	}
}

// giveTurns lets those run who may, one of each tenant in turn. A tenant that
// holds too much keeps its place until it may.
func (q *Queue) giveTurns() {
	for e := q.turns.Front(); e != nil && q.running < q.limits.Running; {
		t := e.Value.(*tenant)
		if !q.mayRun(t) {
			e = e.Next()
			continue
		}
		q.turns.MoveToBack(e)
		oldest := t.waiters.Front().Value.(*waiter)
		q.remove(oldest)
		q.run(t)
		oldest.turn <- nil
		e = q.turns.Front()
	}
}

// await returns nil when the turn of a waiter came.
func (q *Queue) await(ctx context.Context, w *waiter) error {
	limit := time.NewTimer(q.limits.MaxWait)
	defer limit.Stop()
	select {
	case err := <-w.turn:
		return err
	case <-ctx.Done():
	case <-limit.C:
	}
	if q.withdraw(w) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return ErrWaited
	}
	err := <-w.turn // it came meanwhile
	if err == nil && ctx.Err() != nil {
		q.leave(w.tenant)
		return ctx.Err()
	}
	return err
}

// withdraw reports whether the waiter was still in the line, which it leaves.
func (q *Queue) withdraw(w *waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.place == nil {
		return false
	}
	q.remove(w)
	q.release(w.tenant)
	return true
}
