// Package admission bounds how much work runs at once, and shares that fairly
// among tenants: whoever finds room goes at once, others wait, and tenants are
// taken in turn.
//
// How much of the room one tenant may hold depends on how much is free, as the
// "dynamic thresholds" of a switch with a shared memory do (Choudhury and Hahne,
// IEEE/ACM Transactions on Networking 6(2), 1998). One busy tenant alone gets
// most of it, several get equal parts, and however many there are, some is left
// for a tenant that comes.
//
// Room is not all that work takes: what runs shares processors and commits. So a
// tenant runs less while another one is sparse, whose work then meets a short
// queue behind this one too.
package admission

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

var (
	// ErrFull says that no more may wait, and that no other tenant has more
	// waiting at whose expense there could be room.
	ErrFull = errors.New("as many requests are waiting as may")
	// ErrWaited says that the turn did not come in time.
	ErrWaited = errors.New("the request waited as long as it may")
)

// Limits of a [Queue].
type Limits struct {
	// Running is how much work may run at once, of all tenants.
	Running int
	// Share bounds what one tenant runs: less than Share times what is free. A
	// tenant alone gets Share/(Share+1) of Running, and of k busy ones each gets
	// Share/(k*Share+1).
	Share int
	// PerTenant bounds what one tenant runs, however much is free; 0: no bound.
	PerTenant int
	// BesideSparse bounds what one tenant runs while another one is sparse; 0: no
	// bound. A tenant is sparse when it has less than that.
	BesideSparse int
	// Rest is how many times as long as its work took a place stays taken beside a
	// sparse tenant, for a second at most: with 1, work of one place takes half of
	// the time. What takes long has mostly waited itself.
	Rest int
	// Sparse is shared by queues whose work takes the same processors. It may be
	// nil where BesideSparse and Rest are 0.
	Sparse *Sparse
	// Waiting is how many may wait, of all tenants. When no more may, the tenant
	// that has most waiting loses its newest.
	Waiting int
	// MaxWait is how long anybody may wait.
	MaxWait time.Duration
}

// Queue admits work. It is safe for concurrent use.
//
// After each change nobody waits who could run: what a tenant may run grows when
// something ends, and then the turn is given on. It also grows when another tenant
// is sparse no more; that is noticed when the next one comes or ends.
type Queue struct {
	limits Limits

	mu      sync.Mutex
	running int
	waiting int
	tenants map[string]*tenant // those that run something or wait
	turns   list.List          // of *tenant: those that wait, the next one first
	spare   []*tenant          // for reuse: most tenants come and go with each request
}

// tenant is what one of them runs, and who waits of it, the oldest first.
type tenant struct {
	id      string
	running int
	waiters list.List // of *waiter
	turn    *list.Element
}

// waiter is somebody who waits. Its turn brings nil, or why it never comes.
type waiter struct {
	tenant *tenant
	place  *list.Element // nil when it waits no more
	turn   chan error
}

const longestRest = time.Second

// New returns a queue in which nobody is.
func New(l Limits) *Queue { return &Queue{limits: l, tenants: map[string]*tenant{}} }

// Load returns how much runs, and how many wait.
func (q *Queue) Load() (running, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running, q.waiting
}

// Do runs work when it is the tenant's turn, and returns its error. It returns
// [ErrFull], [ErrWaited] or the error of ctx when work did not run. Should work
// panic, its room is free again.
func (q *Queue) Do(ctx context.Context, tenantID string, work func() error) error {
	t, err := q.enter(ctx, tenantID)
	if err != nil {
		return err
	}
	began := time.Now()
	defer func() { q.leaveAfter(q.rest(t, time.Since(began)), t) }()
	return work()
}

// rest is for how long the place stays taken of work that took so long.
func (q *Queue) rest(t *tenant, took time.Duration) time.Duration {
	if q.limits.Rest == 0 || !q.limits.Sparse.beside(t.id) {
		return 0
	}
	return min(time.Duration(q.limits.Rest)*took, longestRest)
}

func (q *Queue) leaveAfter(rest time.Duration, t *tenant) {
	if rest == 0 {
		q.leave(t)
		return
	}
	time.AfterFunc(rest, func() { q.leave(t) })
}

// enter returns when the tenant runs one more, for which the caller leaves.
func (q *Queue) enter(ctx context.Context, tenantID string) (*tenant, error) {
	q.mu.Lock()
	t := q.tenant(tenantID)
	if t.waiters.Len() == 0 && q.mayRun(t) {
		if q.littleRunsOf(t) {
			q.limits.Sparse.saw(tenantID)
		}
		q.run(t)
		q.mu.Unlock()
		return t, nil
	}
	w, err := q.line(t)
	if q.mayRun(t) {
		q.giveTurns()
	}
	q.release(t)
	q.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return t, q.await(ctx, w)
}

func (q *Queue) leave(t *tenant) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.running--
	q.running--
	q.giveTurns()
	q.release(t)
}

// The methods below are called by who holds the lock.

func (q *Queue) tenant(id string) *tenant {
	if t := q.tenants[id]; t != nil {
		return t
	}
	t := &tenant{}
	if last := len(q.spare) - 1; last >= 0 {
		t, q.spare = q.spare[last], q.spare[:last]
	}
	t.id, q.tenants[id] = id, t
	return t
}

// spareTenants bounds what is kept for reuse.
const spareTenants = 64

// release forgets a tenant that runs nothing and waits for nothing.
func (q *Queue) release(t *tenant) {
	if t.running > 0 || t.waiters.Len() > 0 {
		return
	}
	delete(q.tenants, t.id)
	if len(q.spare) < spareTenants {
		q.spare = append(q.spare, t)
	}
}

func (q *Queue) mayRun(t *tenant) bool {
	free := q.limits.Running - q.running
	return t.running < q.limits.Share*free &&
		(q.limits.PerTenant == 0 || t.running < q.limits.PerTenant) &&
		(q.limits.BesideSparse == 0 || q.littleRunsOf(t) || !q.limits.Sparse.beside(t.id))
}

func (q *Queue) littleRunsOf(t *tenant) bool { return t.running < q.limits.BesideSparse }

func (q *Queue) run(t *tenant) {
	t.running++
	q.running++
}
