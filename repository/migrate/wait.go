package migrate

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/repository/pg"
)

// blockerPoll is how often it is looked whether a migration waits for a lock.
const blockerPoll = 100 * time.Millisecond

// lockWait is the wait of a step of a migration for what others have locked.
type lockWait struct {
	*run
	what    string
	behind  string    // for whom it waits, or waited last
	since   time.Time // when it began to wait without a pause; zero: it does not
	refused time.Time // when it first let go
	said    time.Time
}

// untilUnlocked repeats work that could not have a lock in time, for as long as
// the migration waits, and ends work that waits for longer by itself.
func (r *run) untilUnlocked(ctx context.Context, what string, work func(context.Context) error) error {
	w := &lockWait{run: r, what: what}
	for {
		err := w.try(ctx, work)
		if !pg.LockTimedOut(err) {
			return err
		}
		if w.refused.IsZero() {
			w.refused = time.Now()
		}
		w.say(ctx)
		if time.Since(w.refused) >= r.Wait {
			return fmt.Errorf("%w: %w", w.over(), err)
		}
		if err := pause(ctx, min(stepPause, r.Wait)); err != nil {
			return err
		}
	}
}

func (w *lockWait) over() error {
	return fmt.Errorf("waited %v for a lock that is held by %s: wait until that is done, or end it (%s), and run migrate again",
		w.Wait, w.behind, terminate)
}

func (w *lockWait) say(ctx context.Context) {
	if time.Since(w.said) < sayEvery {
		return
	}
	w.said = time.Now()
	w.Logger.WarnContext(ctx, "a migration waits for a lock and lets others pass meanwhile; if its holder is stuck, end it: "+terminate,
		"migration", w.what, "held_by", w.behind, "gives_up_after", w.Wait)
}

// try works, and looks meanwhile for whom.
func (w *lockWait) try(ctx context.Context, work func(context.Context) error) error {
	if w.Engine.sessions == "" {
		return work(ctx)
	}
	working, end := context.WithCancelCause(ctx)
	looking, stop := context.WithCancel(ctx)
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		w.look(looking, end)
	}()
	err := work(working)
	stop()
	<-looked
	if ctx.Err() == nil && working.Err() != nil {
		err = context.Cause(working)
	}
	end(nil)
	return err
}

func (w *lockWait) look(ctx context.Context, end func(error)) {
	for pause(ctx, blockerPoll) == nil {
		behind, err := w.blockers(ctx)
		switch {
		case err != nil: // the work says what is wrong
		case behind == "":
			w.since = time.Time{}
		case w.since.IsZero():
			w.behind, w.since = behind, time.Now()
		default:
			w.behind = behind
			if time.Since(w.since) > 2*stepLockTimeout {
				w.say(ctx) // else it lets go by itself
			}
			if time.Since(w.since) >= max(w.Wait, 2*stepLockTimeout) {
				end(w.over())
			}
		}
	}
}

// blockers is asked to the end, though the work is done meanwhile: cutting a
// statement off costs its connection, and the cut may reach the next statement
// that the pool has for it.
func (w *lockWait) blockers(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lockAnswer)
	defer cancel()
	return describe(ctx, w.db, blockersSQL, w.Engine.sessions)
}
