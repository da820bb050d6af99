package webhook

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/outage"
)

const (
	// releaseTimeout bounds the last word of a sender that ends.
	releaseTimeout = time.Second
	// renewals of the lease while it lasts: one may fail.
	renewals = 3
	// lastTries is how long tries may go on after the sender was told to end, if the lease
	// lasts so long. Where it is lost they end at once.
	lastTries = 3 * time.Second
)

// Send tells webhooks of events until ctx ends, and looks every second for what an
// operator changed, for what is due, and where somebody else sends, whether they still do. Any number of replicas may run
// it: one sends, and another one takes over when it ends.
func (s *Webhooks) Send(ctx context.Context, log *slog.Logger) {
	holder := identifier.New("sender_")
	t := &term{
		Webhooks: s, log: log, holder: holder, outages: map[Key]*outages{},
		places:    newPlaces(),
		looking:   outage.New(log, "webhooks cannot be looked after; it is tried again", "webhooks are looked after again", false),
		measuring: outage.New(log, "what webhooks have to be told cannot be counted; it is tried again", "what webhooks have to be told is counted again", false),
	}
	ticker := time.NewTicker(s.lookInterval)
	defer ticker.Stop()
	for {
		err := t.run(ctx)
		if ctx.Err() != nil {
			return
		}
		t.looking.Note(err)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// term is the time in which this process sends.
type term struct {
	*Webhooks
	log     *slog.Logger
	holder  string
	until   time.Time // by this process's clock, and never later than in the database
	renewAt time.Time
	workers map[Key]*worker
	places  places
	outages map[Key]*outages

	looking, measuring *outage.Log
}

// run sends for as long as there is a webhook and the lease is held; if somebody else has it,
// not at all.
func (t *term) run(ctx context.Context) error {
	hooks, err := t.Store.Webhooks(ctx)
	if err != nil || len(hooks) == 0 {
		return err
	}
	held, err := t.hold(ctx)
	if err != nil || !held {
		return err
	}
	t.workers = map[Key]*worker{}
	sending, end := context.WithCancel(ctx)
	tries, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var measuring sync.WaitGroup
	measuring.Go(func() { t.measure(sending) })
	none, err := t.supervise(sending, tries)
	end()
	if ctx.Err() != nil { // the lease is held still
		time.AfterFunc(min(lastTries, time.Until(t.until)), cut)
	} else {
		cut() // somebody else may send already
	}
	for _, w := range t.workers {
		<-w.ended
	}
	measuring.Wait()
	t.Observer.WebhooksWaiting(0)
	if none || ctx.Err() != nil { // it ends well
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
		defer cancel()
		return t.Store.Release(ctx, t.holder)
	}
	return err
}

// hold takes or renews the lease.
func (t *term) hold(ctx context.Context) (bool, error) {
	began := time.Now()
	held, err := t.Store.Hold(ctx, t.holder, t.Lease)
	if held && err == nil {
		t.until, t.renewAt = began.Add(t.Lease), began.Add(t.Lease/renewals)
	}
	return held, err
}

// supervise starts and ends workers until the lease ends, or there is no webhook any more. A
// database that fails ends it when the lease does, and not before.
func (t *term) supervise(ctx, tries context.Context) (none bool, err error) {
	ticker := time.NewTicker(min(t.lookInterval, t.Lease/(2*renewals)))
	defer ticker.Stop()
	for {
		none, err := t.look(ctx, tries)
		if none {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-ticker.C:
		case <-time.After(time.Until(t.until)):
		}
		if time.Now().After(t.renewAt) {
			bounded, cancel := context.WithDeadline(ctx, t.until)
			held, holdErr := t.hold(bounded)
			cancel()
			if holdErr == nil && !held {
				return false, err
			}
			if holdErr != nil {
				err = holdErr
			}
		}
		if !time.Now().Before(t.until) {
			return false, err
		}
		if ctx.Err() == nil {
			t.looking.Note(err)
		}
	}
}

// look compares what runs with what is stored.
func (t *term) look(sending, tries context.Context) (none bool, err error) {
	ctx, cancel := context.WithDeadline(sending, t.until)
	defer cancel()
	t.forgetEnded() // before the read: what starts after it goes on where they have stored
	hooks, err := t.Store.Webhooks(ctx)
	if err != nil || len(hooks) == 0 {
		return err == nil, err
	}
	t.endOthers(hooks)
	for _, hook := range hooks {
		if hook.State == Active && t.workers[hook.Key] == nil {
			t.start(sending, tries, hook)
		}
	}
	t.forgetSecrets(ctx, hooks)
	due, err := t.Store.Due(ctx, t.Clock.Now())
	if err != nil {
		return false, err
	}
	for _, key := range due {
		if w := t.workers[key]; w != nil {
			w.remind()
		}
	}
	return false, nil
}

// forgetSecrets erases secrets that were replaced and sign no more. One that cannot be erased
// holds up nothing.
func (t *term) forgetSecrets(ctx context.Context, hooks []Webhook) {
	for _, hook := range hooks {
		if now := t.Clock.Now(); hook.PreviousSecret != nil && !now.Before(hook.PreviousUntil) {
			err := t.Store.ForgetPreviousSecret(ctx, hook.Key, now)
			if ctx.Err() == nil && !errors.Is(err, domain.ErrNotFound) { // it was deleted just now
				t.outagesOf(hook).erasing.Note(err, "webhook", hook)
			}
		}
	}
}

// forgetEnded has the workers that have ended make room for their successors.
func (t *term) forgetEnded() {
	maps.DeleteFunc(t.workers, func(_ Key, w *worker) bool {
		select {
		case <-w.ended:
			return true
		default:
			return false
		}
	})
}

// endOthers ends the workers whose webhook is paused, changed or gone.
func (t *term) endOthers(hooks []Webhook) {
	current := map[Key]int64{}
	maps.DeleteFunc(t.outages, func(key Key, _ *outages) bool {
		return !slices.ContainsFunc(hooks, func(w Webhook) bool { return w.Key == key })
	})
	for _, hook := range hooks {
		if hook.State == Active {
			current[hook.Key] = hook.Revision
		}
	}
	for key, w := range t.workers {
		if revision, active := current[key]; !active || revision != w.hook.Revision {
			w.end()
		}
	}
}
