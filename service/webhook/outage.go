package webhook

import (
	"context"
	"errors"

	"github.com/countersign/countersign/service/outage"
)

// outages are those that a webhook's workers meet, one after the other.
type outages struct{ receiver, secret, replaced, erasing, waiting, following, retrying, counting, settling *outage.Log }

// outagesOf are those of a webhook; the next of its workers has the same.
func (t *term) outagesOf(hook Webhook) *outages {
	if known := t.outages[hook.Key]; known != nil {
		return known
	}
	of := func(fails, works string) *outage.Log {
		return outage.New(t.log, fails+"; it is tried again", works, false)
	}
	o := &outages{
		receiver: outage.New(t.log, "a webhook begins to fail; its events are tried again", "a webhook works again",
			hook.LastFailureAt.After(hook.LastSuccessAt)),
		secret:    outage.New(t.log, "the secret of a webhook cannot be read, so that it is told nothing", "the secret of a webhook is read again", false),
		replaced:  outage.New(t.log, "the replaced secret of a webhook cannot be read; it is signed by the new one alone", "a webhook is signed by all of its secrets again", false),
		erasing:   of("the replaced secret of a webhook, which signs no more, cannot be erased", "the replaced secret of a webhook is erased"),
		waiting:   outage.New(t.log, "new events of a webhook wait in the trail, and are lost when they are pruned there", "new events of a webhook are tried again", false),
		following: of("new events of a webhook cannot be read", "new events of a webhook are read again"),
		retrying:  of("what is due of a webhook cannot be read", "what is due of a webhook is read again"),
		counting:  of("what waits of a webhook cannot be counted", "what waits of a webhook is counted again"),
		settling:  of("what came of a webhook's events cannot be stored", "what comes of a webhook's events is stored again"),
	}
	t.outages[hook.Key] = o
	return o
}

// noteOutage takes note of how something went, unless the worker ends.
func (w *worker) noteOutage(ctx context.Context, of *outage.Log, err error) {
	if ctx.Err() == nil {
		of.Note(err, "webhook", w.hook)
	}
}

// failed is an error that says why a receiver has not taken the message; nil: it has.
func (a Answer) failed() error {
	if a.Delivered() {
		return nil
	}
	return errors.New(a.Reason())
}
