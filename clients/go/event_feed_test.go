package countersign_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// follow acts on all events after a cursor, until ctx ends: the one that keep stored,
// or countersign.LatestEvents the first time. Events may come twice, after a crash or
// an error; their EventID tells.
func follow(
	ctx context.Context, admin *countersign.Client, cursor string,
	act func(context.Context, []countersign.AuditEvent) error, keep func(ctx context.Context, cursor string) error,
) {
	for pause := time.Second; ; {
		page, err := admin.FollowEvents(ctx, countersign.EventFeedQuery{After: cursor, Wait: 30 * time.Second})
		problem, _ := errors.AsType[*countersign.Problem](err)
		if errors.Is(err, countersign.ProblemCodeEventsPruned) {
			log.Print("there were events that are kept no longer: ", err)
			page.NextCursor, err = problem.OldestCursor, nil
		}
		if err == nil {
			err = act(ctx, page.Events)
		}
		if err == nil {
			err = keep(ctx, page.NextCursor) // not before acting: a crash would skip the page
		}
		if err == nil {
			cursor, pause = page.NextCursor, time.Second
			continue
		}
		if ctx.Err() != nil {
			return
		}
		log.Print("following events: ", err)
		if problem != nil {
			pause = max(pause, problem.RetryAfter)
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, time.Minute)
		case <-ctx.Done():
		}
	}
}

// feed answers with one answer after the other, and ends what follows it with the last.
type feed struct {
	answers []answer
	end     func()
	asked   []string
	at      []time.Time
}

func (f *feed) RoundTrip(r *http.Request) (*http.Response, error) {
	f.asked, f.at = append(f.asked, r.URL.Query().Get("after")), append(f.at, time.Now())
	if wait := r.URL.Query().Get("wait"); wait != "30" {
		return nil, errors.New("it waits for " + wait)
	}
	if len(f.asked) > len(f.answers) {
		f.end()
		return nil, r.Context().Err()
	}
	return f.answers[len(f.asked)-1](r)
}

func told(next string, ids ...string) answer {
	events := ""
	for _, id := range ids {
		events += `,{"event_id":"` + id + `"}`
	}
	return ok(`{"events":[` + strings.TrimPrefix(events, ",") + `],"next_cursor":"` + next + `"}`)
}

func pruned(oldest string) answer {
	return says(410, "application/problem+json", `{"status":410,"code":"events_pruned","detail":"Gone.","oldest_cursor":"`+oldest+`"}`)
}

func TestTheSampleOfTheREADMEFollowsEventsAndLosesNone(t *testing.T) {
	log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	isTheSampleOfTheREADME(t, "Follow events", "event_feed_test.go")
	lost := errors.New("the mail server is away")
	limited := problem(429, "rate_limited", "Retry-After", "7")
	for name, test := range map[string]struct {
		answers                    []answer
		fails                      []error // the calls of act, in turn
		asked, acted, kept, waited string
	}{
		"page after page":                          {[]answer{told("c1", "a", "b"), told("c2"), told("c3", "c")}, nil, "c0 c1 c2 c3", "a b c", "c1 c2 c3", "0s 0s 0s"},
		"what is pruned is passed over":            {[]answer{pruned("c8"), told("c9", "z")}, nil, "c0 c8 c9", "z", "c8 c9", "0s 0s"},
		"an error waits, longer each time":         {[]answer{limited, problem(500, "internal"), problem(500, "internal"), told("c1", "a")}, nil, "c0 c0 c0 c0 c1", "a", "c1", "7s 14s 28s 0s"},
		"no wait is longer than a minute":          {slices.Repeat([]answer{problem(500, "internal")}, 8), nil, "c0 c0 c0 c0 c0 c0 c0 c0 c0", "", "", "1s 2s 4s 8s 16s 32s 1m0s 1m0s"},
		"what was not dealt with is read again":    {[]answer{told("c1", "a"), told("c1", "a"), told("c2", "b")}, []error{lost}, "c0 c0 c1 c2", "a a b", "c1 c2", "1s 0s 0s"},
		"after an answer the waits begin as short": {[]answer{problem(500, "internal"), told("c1"), problem(500, "internal")}, nil, "c0 c0 c1 c1", "", "c1", "1s 0s 1s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, end := context.WithCancel(t.Context())
				defer end()
				f := &feed{answers: test.answers, end: end}
				c := must(countersign.New("https://2fa.example.com", serviceKey, countersign.WithHTTPClient(&http.Client{Transport: f})))(t)
				var acted, kept, waited []string
				follow(ctx, c, "c0", func(_ context.Context, events []countersign.AuditEvent) error {
					for _, e := range events {
						acted = append(acted, e.EventID)
					}
					if len(test.fails) > 0 {
						failed := test.fails[0]
						test.fails = test.fails[1:]
						return failed
					}
					return nil
				}, func(_ context.Context, cursor string) error {
					kept = append(kept, cursor)
					return nil
				})
				for i := range f.at[1:] {
					waited = append(waited, f.at[i+1].Sub(f.at[i]).String())
				}
				for what, got := range map[string][2]string{
					"asked after": {strings.Join(f.asked, " "), test.asked}, "acted on": {strings.Join(acted, " "), test.acted},
					"kept": {strings.Join(kept, " "), test.kept}, "waited": {strings.Join(waited, " "), test.waited},
				} {
					if got[0] != got[1] {
						t.Errorf("%s %q, want %q", what, got[0], got[1])
					}
				}
			})
		})
	}
}
