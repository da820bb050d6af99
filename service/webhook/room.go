package webhook

import (
	"context"
	"errors"
	"time"
)

// roomInterval is how often a webhook that has little room for more looks how much it is.
const roomInterval = 5 * time.Second

// room is that for deliveries that have to be tried again.
type room struct {
	left    int // how many more may fail before it is counted again
	enough  bool
	counted time.Time
}

var errNoRoom = errors.New("as many as are kept have to be tried again")

// awaitRoom waits while as many deliveries as are kept have to be tried again: however long a
// receiver fails, its webhook takes no more of the database than that.
func (w *worker) awaitRoom(ctx context.Context) error {
	for w.room.left <= 0 || !w.room.enough && time.Since(w.room.counted) >= roomInterval {
		backlog, err := w.Store.Backlog(ctx, w.hook.Key, Backlog{Waiting: w.mostKept})
		w.noteOutage(ctx, w.outages.counting, err)
		if err != nil {
			return err
		}
		w.found(w.mostKept - backlog.Waiting)
		if w.room.left <= 0 {
			pause(ctx, roomInterval)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// found notes how much room there is. It is enough again when a tenth is free: else whatever
// makes room for one event, which fails, would be told in the log.
func (w *worker) found(left int) {
	w.room.left, w.room.counted = left, time.Now()
	switch {
	case left <= 0:
		w.room.enough = false
		w.outages.waiting.Note(errNoRoom, "webhook", w.hook)
	case left >= w.mostKept/10:
		w.room.enough = true
		w.outages.waiting.Note(nil, "webhook", w.hook)
	}
}
