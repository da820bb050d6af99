package webhook

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/service/domain"
)

const (
	pageSize = 100
	// followFor is how long one look for new events may wait for them.
	followFor = 30 * time.Second
	// slowAfter is how long the first try of an event keeps the next one from its own.
	slowAfter = time.Second
	// triesPerWebhook is how many first tries of a webhook may be without an answer, and how
	// many others.
	triesPerWebhook = 4
	// unstoredSkips is how many events that a webhook is not told are passed over
	// before its position is stored.
	unstoredSkips = 1000
	// mostKept is how many deliveries of a webhook wait to be tried again, about, before
	// what happens next waits in the trail; and how many that were given up are kept.
	mostKept = 10_000
	// trimEvery so many that are given up, the oldest are forgotten.
	trimEvery = 100
	// troubleInterval is how long a worker that met an error keeps its successor waiting.
	troubleInterval = 5 * time.Second
)

// worker tells one webhook, as it was stored when the worker began. Nothing of what
// it knows is needed by its successor.
type worker struct {
	*term
	hook    Webhook
	signer  signer
	tries   context.Context // of tries: it outlives the worker's own a little
	end     context.CancelFunc
	ended   chan struct{}
	due     chan struct{}
	running sync.WaitGroup

	firsts, retries slots
	troubled        atomic.Bool // its receiver failed last, or is slow
	room            room        // of follow
	givenUp         atomic.Int64
	outages         *outages
}

// start begins to tell a webhook.
func (t *term) start(ctx, tries context.Context, hook Webhook) {
	signer, leftOut, err := t.Webhooks.signer(hook)
	o := t.outagesOf(hook)
	o.secret.Note(err, "webhook", hook)
	if err != nil {
		return
	}
	o.replaced.Note(leftOut, "webhook", hook)
	w := &worker{
		term: t, hook: hook, signer: signer, tries: tries, ended: make(chan struct{}), due: make(chan struct{}, 1),
		firsts: make(slots, triesPerWebhook), retries: make(slots, triesPerWebhook), outages: o,
	}
	w.troubled.Store(hook.LastFailureAt.After(hook.LastSuccessAt))
	ctx, w.end = context.WithCancel(ctx)
	t.workers[hook.Key] = w
	var loops sync.WaitGroup
	loops.Go(func() { w.follow(ctx); w.end() })
	loops.Go(func() { w.retry(ctx) })
	go func() {
		loops.Wait()
		w.running.Wait()
		close(w.ended)
	}()
}

// remind says that a delivery is due.
func (w *worker) remind() {
	select {
	case w.due <- struct{}{}:
	default:
	}
}

// follow tries new events once each, in their order.
func (w *worker) follow(ctx context.Context) {
	position, stored := w.hook.Position, w.hook.Position
	for ctx.Err() == nil {
		page, pruned, err := w.readNew(ctx, position, stored)
		w.noteOutage(ctx, w.outages.following, err)
		if err == nil {
			stored, err = w.passPruned(ctx, position, stored, pruned, page)
		}
		if err == nil {
			stored, err = w.tryPage(ctx, page.Events, stored)
		}
		// What was passed over and then pruned is no loss: the next worker is to know.
		if err == nil && page.Next > stored && (page.Next-stored > unstoredSkips || pruned > stored) {
			_, err = w.settle(ctx, Settlement{From: stored, To: page.Next})
			stored = page.Next
		}
		if err != nil { // the next look starts another one, from what is stored
			if !errors.Is(err, domain.ErrConflict) {
				pause(ctx, troubleInterval)
			}
			return
		}
		position = page.Next
	}
}

func (w *worker) tryPage(ctx context.Context, events []domain.SequencedEvent, stored int64) (int64, error) {
	for _, e := range events {
		if !w.hook.Wants(e.Action) {
			continue
		}
		if err := w.tryFirst(ctx, e, stored); err != nil {
			return stored, err
		}
		stored = e.Position
	}
	return stored, nil
}

var errAborted = errors.New("the sender ends")

// tryFirst tries an event for the first time. One whose answer takes long is stored as
// failed, and the next is tried; what comes of it then is stored as of any other.
func (w *worker) tryFirst(ctx context.Context, e domain.SequencedEvent, from int64) error {
	if err := w.awaitRoom(ctx); err != nil {
		return err
	}
	done, err := w.takePlace(ctx, w.firsts)
	if err != nil {
		return err
	}
	answers := make(chan Answer, 1)
	w.running.Go(func() { answers <- w.try(e.Event) })
	slow := time.NewTimer(slowAfter)
	defer slow.Stop()
	untried := Delivery{Position: e.Position}
	select {
	case answer := <-answers:
		defer done()
		if !answer.Delivered() {
			w.room.left--
		}
		return w.settleTry(ctx, answer, untried, Settlement{From: from, To: e.Position})
	case <-slow.C:
		w.troubled.Store(true)
	}
	pending := untried.after(Answer{Failure: failureSlow}, w.Clock.Now().Add(TryTimeout), random())
	if _, err := w.settle(ctx, Settlement{From: from, To: e.Position, At: w.Clock.Now(), Delivery: &pending}); err != nil {
		w.running.Go(func() { <-answers; done() })
		return err
	}
	w.room.left--
	w.running.Go(func() {
		defer done()
		// It is the first try still. What cannot be stored is tried again.
		_ = w.settleTry(ctx, <-answers, untried, Settlement{Tries: pending.Tries})
	})
	return nil
}

// retry tries deliveries that are due, several at once.
func (w *worker) retry(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.due:
		}
		pruned := 0
		for more := true; more && ctx.Err() == nil; {
			var gone int
			more, gone = w.retryDue(ctx)
			pruned += gone
		}
		w.notePruned(pruned)
	}
}

func (w *worker) retryDue(ctx context.Context) (more bool, pruned int) {
	due, events, err := w.readDue(ctx)
	w.noteOutage(ctx, w.outages.retrying, err)
	if err != nil || len(due) == 0 {
		return false, 0
	}
	kept, pruned, err := w.forgetPruned(ctx, due, events)
	if err != nil { // the next look finds them again
		return false, 0
	}
	var batch sync.WaitGroup
	defer batch.Wait() // else the next look finds them again
	for _, d := range kept {
		done, err := w.takePlace(ctx, w.retries)
		if err != nil {
			return false, pruned
		}
		batch.Go(func() {
			defer done()
			if w.settleTry(ctx, w.try(events[d.Position]), d, Settlement{Tries: d.Tries}) != nil {
				w.end()
			}
		})
	}
	return len(due) == pageSize, pruned
}

// readDue returns deliveries that are due, and their events by position.
func (w *worker) readDue(ctx context.Context) ([]Delivery, map[int64]domain.Event, error) {
	due, err := w.Store.DueOf(ctx, w.hook.Key, w.Clock.Now(), pageSize)
	if err != nil || len(due) == 0 {
		return nil, nil, err
	}
	positions := make([]int64, len(due))
	for i, d := range due {
		positions[i] = d.Position
	}
	events, err := w.Events.EventsAt(ctx, positions)
	return due, events, err
}

func (w *worker) try(e domain.Event) Answer {
	message, err := w.signer.message(w.hook.URL, e, w.Clock.Now())
	if err != nil {
		return Answer{Failure: FailureUnreadable} // unreachable: an event is text
	}
	answer := w.post(w.tries, message)
	w.troubled.Store(!answer.Delivered())
	return answer
}

func random() float64 {
	var bytes [4]byte
	rand.Read(bytes[:])
	return float64(binary.BigEndian.Uint32(bytes[:])) / (1 << 32)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
