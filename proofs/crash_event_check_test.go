package proofs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

const createdEvent = "user.created success"

// withoutNews is after what time without any progress something is lost. Another replica sends 15 s after the one that
// sent was killed; the rest is for slow machines.
const withoutNews = time.Minute

// awaitAll waits until nothing is missing. An error is that nothing more has come for long.
func awaitAll(ctx context.Context, what string, missing func() ([]string, error)) error {
	last, since := -1, time.Now()
	for {
		lost, err := missing()
		switch {
		case err != nil || len(lost) == 0:
			return err
		case len(lost) != last:
			last, since = len(lost), time.Now()
		case time.Since(since) > withoutNews:
			return fmt.Errorf("%s: %d are missing, and none has come for %v: %v", what, len(lost), withoutNews, lost)
		}
		if pause(ctx, 20*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// allIsTold waits until each event of the trail is told by the feed, and has arrived at the receiver. What failed there
// twice would be tried again minutes later: a pause and its end by the operator have it tried now.
func (y *telling) allIsTold(ctx context.Context) error {
	y.site.Run("webhook", "pause", y.webhook)
	y.site.Run("webhook", "resume", y.webhook)
	trail, err := y.trail(ctx)
	if err != nil {
		return err
	}
	err = awaitAll(ctx, "events of the trail in the feed", func() ([]string, error) {
		return missing(trail, ids(y.follower.events())), nil
	})
	if err != nil {
		return err
	}
	// It is told of itself and of all that follows.
	told := y.follower.events()
	due := told[slices.IndexFunc(told, func(e site.Event) bool { return e.Action == "webhook.created" }):]
	return awaitAll(ctx, "events of the feed at the receiver", func() ([]string, error) {
		arrived, err := y.outlet.arrived()
		return missing(ids(due), arrived), err
	})
}

// trail are the ids of all events of the audit trail. A page is asked for until it is answered: connections in the
// pools may be those of a server that is dead.
func (y *telling) trail(ctx context.Context) (all []string, err error) {
	reader := newSequentialClient("", y.random)
	for query := (url.Values{"limit": {"200"}}); ; {
		o := reader.read(func() site.Outcome { return y.site.Client(0).Events(ctx, query) })
		var page site.EventList
		if err := o.Decode(&page); err != nil {
			return nil, fmt.Errorf("the audit trail: %w", err)
		}
		all = append(all, ids(page.Events)...)
		if page.NextCursor == nil {
			return all, nil
		}
		query.Set("cursor", *page.NextCursor)
	}
}

func ids(events []site.Event) (ids []string) {
	for _, e := range events {
		ids = append(ids, e.EventID)
	}
	return ids
}

// missing are those of the ids that others lack.
func missing(ids, others []string) (missing []string) {
	there := map[string]bool{}
	for _, id := range others {
		there[id] = true
	}
	for _, id := range ids {
		if !there[id] {
			missing = append(missing, id)
		}
	}
	return missing
}

// check compares what answers promised, the trail, the feed and what arrived.
func (y *telling) check(ctx context.Context) error {
	told := y.follower.events()
	arrived, err := y.outlet.arrived()
	if err != nil {
		return err
	}
	later, err := y.trail(ctx) // it may have grown since
	if err != nil {
		return err
	}
	for what, foreign := range map[string][]string{
		"told by the feed":        missing(ids(told), later),
		"arrived at the receiver": missing(arrived, later),
	} {
		if len(foreign) > 0 {
			err = errors.Join(err, fmt.Errorf("not in the trail, but %s: %v", what, foreign))
		}
	}
	return errors.Join(err, y.keepsPromises(told), y.tellsAgain(ctx, told), y.outlet.triesInOrder(told))
}

// keepsPromises finds each event that an answer promised in the feed, once.
func (y *telling) keepsPromises(told []site.Event) error {
	type about struct{ user, event string }
	places, found := map[string]int{}, map[about]int{}
	for i, e := range told {
		if first, twice := places[e.EventID]; twice {
			return fmt.Errorf("event %s has the places %d and %d in the feed", e.EventID, first, i)
		}
		places[e.EventID] = i
		found[about{e.UserID, e.Action + " " + e.Outcome}]++
	}
	for user, events := range y.promised {
		for event, n := range events {
			if got := found[about{user, event}]; got != n {
				return fmt.Errorf("the feed tells %d times of %s that %q, and answers said so %d times", got, user, event, n)
			}
		}
	}
	return nil
}

// tellsAgain reads the feed from its beginning.
func (y *telling) tellsAgain(ctx context.Context, told []site.Event) error {
	again := &follower{site: y.site, random: rand.New(rand.NewPCG(0, 0)), told: told[:len(told):len(told)]}
	cursor := ""
	for at := 0; at < len(told); {
		page, err := again.read(ctx, cursor, 200)
		if err != nil {
			return err
		}
		if page == nil && again.refused < mostRefusals {
			continue
		}
		if page == nil || len(page.Events) == 0 {
			return fmt.Errorf("the feed, told again, ends after %d of %d events", at, len(told))
		}
		if err := again.note(at, page.Events); err != nil {
			return err
		}
		cursor, at = *page.NextCursor, at+len(page.Events)
	}
	return nil
}

// triesInOrder checks that events were first tried in the order of the feed.
func (o *outlet) triesInOrder(told []site.Event) error {
	places := map[string]int{}
	for i, e := range told {
		places[e.EventID] = i
	}
	tried, last := map[string]bool{}, try{}
	for _, next := range o.inOrderOfTrying() {
		if next.status != 0 && next.status != 200 {
			return fmt.Errorf("the receiver answered %d to event %s", next.status, next.id)
		}
		if tried[next.id] {
			continue
		}
		tried[next.id] = true
		if places[next.id] < places[last.id] {
			return fmt.Errorf("event %d of the feed was first tried at %d, after event %d at %d", places[next.id], next.sent, places[last.id], last.sent)
		}
		last = next
	}
	return nil
}

// summary is what the run has met.
func (y *telling) summary() string {
	tries := y.outlet.inOrderOfTrying()
	failed, again, tried := 0, 0, map[string]bool{}
	for _, t := range tries {
		if t.status == 0 {
			failed++
		}
		if tried[t.id] {
			again++
		}
		tried[t.id] = true
	}
	arrived, _ := y.outlet.arrived() // check has read it
	return fmt.Sprintf("%d events; kills: %d of serve, %d of the receiver, %d of PostgreSQL; the feed: %d pages, %d events told again, "+
		"%d calls without an answer; the webhook: %d tries, %d of them again, %d without an answer, %d arrivals",
		len(y.follower.events()), y.kills[killsServe], y.kills[killsReceiver], y.kills[killsPostgres],
		y.follower.pages, y.follower.repeated, y.follower.refused, len(tries), again, failed, len(arrived))
}
