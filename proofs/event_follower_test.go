package proofs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// follower reads the feed from its beginning, of any replica. It keeps the cursor after it has noted the page, and at
// times it does not come to that, as one that is killed in between.
type follower struct {
	site   *site.Site
	random *rand.Rand

	mu       sync.Mutex
	told     []site.Event // as they were told first
	pages    int
	repeated int // events told again
	refused  int // calls
}

// follow goes on until ctx ends. An error is a feed that tells something else the second time, or refuses the cursor
// that it gave.
func (f *follower) follow(ctx context.Context) error {
	cursor, at := "", 0 // at: how many events are before the cursor
	for ctx.Err() == nil {
		page, err := f.read(ctx, cursor, 1+f.random.IntN(200))
		if err != nil {
			return err
		}
		if page == nil {
			pause(ctx, 20*time.Millisecond)
			continue
		}
		if err := f.note(at, page.Events); err != nil {
			return err
		}
		if f.random.IntN(10) > 0 {
			cursor, at = *page.NextCursor, at+len(page.Events)
		}
	}
	return nil
}

// read returns a page, or none where nobody answers for now.
func (f *follower) read(ctx context.Context, cursor string, limit int) (*site.EventList, error) {
	query := url.Values{"wait": {"1"}, "limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		query.Set("after", cursor)
	}
	o := f.site.Client(f.random.IntN(len(f.site.Replicas))).Call(ctx, "GET", "/v1/events?"+query.Encode(), nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	var page site.EventList
	switch {
	case o.OK():
		f.pages++
		err := o.Decode(&page)
		if err == nil && page.NextCursor == nil {
			err = fmt.Errorf("a page of the feed has no cursor")
		}
		return &page, err
	case o.Unknown(), o.Void():
		f.refused++
		return nil, nil
	}
	return nil, fmt.Errorf("the feed is answered %v\n%s", o, o.Body)
}

func (f *follower) note(at int, events []site.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, e := range events {
		switch n := at + i; {
		case n == len(f.told):
			f.told = append(f.told, e)
		case f.told[n].EventID == e.EventID:
			f.repeated++
		default:
			return fmt.Errorf("event %d of the feed was %s, and is %s when it is told again", n, f.told[n].EventID, e.EventID)
		}
	}
	return nil
}

// events are those that were told by now.
func (f *follower) events() []site.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.told[:len(f.told):len(f.told)]
}
