package mailbox

import (
	"context"
	"errors"
	"log/slog"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

const (
	waitForEvent = 30 * time.Second // which a call does, so that nobody polls
	firstPause   = time.Second
	longestPause = time.Minute
)

// Begin finds the place after the last event, from where Follow goes on; where it
// cannot, Follow does. The place is in memory, as the messages are: what happens while
// the host does not run is told to nobody. One that sends mail stores the cursor after
// each page, and begins with the one that is stored.
func (m *Mailbox) Begin(ctx context.Context, admin *countersign.Client) { _ = m.read(ctx, admin) }

// Follow tells people of events as they come, until ctx ends. admin has a key of the
// scope admin.
func (m *Mailbox) Follow(ctx context.Context, admin *countersign.Client) {
	for pause := firstPause; ; {
		err := m.read(ctx, admin)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && pause > firstPause:
			slog.Info("events are followed again")
			pause = firstPause
			continue
		case err == nil:
			continue
		case pause == firstPause: // once, and not with each try
			slog.Warn("events cannot be followed, and people hear of them later", "error", err)
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, longestPause)
		case <-ctx.Done():
		}
	}
}

// read tells of one page, and goes on after it.
func (m *Mailbox) read(ctx context.Context, admin *countersign.Client) error {
	page, err := admin.FollowEvents(ctx, countersign.EventFeedQuery{After: m.cursor, Wait: waitForEvent})
	if problem, _ := errors.AsType[*countersign.Problem](err); errors.Is(err, countersign.ProblemCodeEventsPruned) {
		slog.Warn("events were pruned before anybody was told of them", "error", err)
		page.NextCursor, err = problem.OldestCursor, nil
	}
	if err != nil {
		return err
	}
	for _, e := range page.Events {
		m.tell(e)
	}
	m.cursor = page.NextCursor
	return nil
}
