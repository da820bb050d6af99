package webhook

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// settleInterval is how long a store that failed is left alone.
const settleInterval = time.Second

// settleTry stores what came of a try of d; st says how d was read. Of a try that was
// cut off nothing is stored: it is made again.
func (w *worker) settleTry(ctx context.Context, a Answer, d Delivery, st Settlement) error {
	if a.Failure == FailureAborted {
		return errAborted
	}
	now := w.Clock.Now()
	st.At, st.Delivered, st.Delivery = now, a.Delivered(), &d
	outcome := outcomeDelivered
	if !st.Delivered {
		next := d.after(a, now, random())
		if a.Status == gone {
			st.PauseFor = PausedGone
		}
		st.Delivery, st.Failure, st.PauseEvents = &next, a.Reason(), w.pauseEvents(cmp.Or(st.PauseFor, PausedDead), a)
		outcome = outcomeFailed
		if next.GivenUp() {
			outcome = outcomeGivenUp
		}
	}
	paused, err := w.settle(ctx, st)
	if err != nil {
		return err
	}
	if paused { // nothing is given up by that
		outcome = outcomeFailed
	}
	w.Observer.WebhookTried(outcome)
	w.outages.receiver.Note(a.failed(), "webhook", w.hook)
	if outcome == outcomeGivenUp {
		w.trim(ctx)
	}
	return nil
}

// trim forgets the oldest of what was given up, from time to time.
func (w *worker) trim(ctx context.Context) {
	if n := w.givenUp.Add(1) - 1; n%trimEvery != 0 {
		return
	}
	forgotten, err := w.Store.TrimGivenUp(ctx, w.hook.Key, w.mostKept)
	if forgotten > 0 {
		w.log.Warn("more events of a webhook were given up than are kept; the oldest can be told by a replay alone", "webhook", w.hook, "forgotten", forgotten)
	}
	if err != nil && ctx.Err() == nil {
		w.log.Warn("what a webhook was given up for cannot be forgotten; it is tried again", "webhook", w.hook, "error", err)
	}
}

// settle stores, again until it is stored, or somebody else was faster, or the lease is
// over. What is not stored is told again.
func (w *worker) settle(ctx context.Context, st Settlement) (paused bool, err error) {
	for {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTries)
		paused, err := w.Store.Settle(bounded, w.hook.Key, st)
		cancel()
		if !errors.Is(err, domain.ErrConflict) {
			w.noteOutage(ctx, w.outages.settling, err)
		}
		if err == nil {
			if paused {
				w.paused(st)
			}
			return paused, nil
		}
		if errors.Is(err, domain.ErrConflict) || ctx.Err() != nil {
			return false, err
		}
		pause(ctx, settleInterval)
	}
}

// bySender names in the trail who pauses a webhook that nobody paused by hand.
var bySender = domain.Operator{Account: "countersign"}

func (w *worker) pauseEvents(reason string, a Answer) []domain.Event {
	return w.trail(bySender, w.hook.Key, domain.ActionWebhookPaused, "reason", reason, "failure", a.Reason())
}

func (w *worker) paused(st Settlement) {
	w.log.Warn("a webhook is paused, and its events wait; when its receiver is mended run: countersign webhook resume", "webhook", w.hook, "reason", cmp.Or(st.PauseFor, PausedDead), "failure", st.Failure)
	if err := w.Committed(st.PauseEvents); err != nil {
		w.log.Error("the pause of a webhook is in the trail, and could not be told", "webhook", w.hook, "error", err)
	}
	w.end()
}
