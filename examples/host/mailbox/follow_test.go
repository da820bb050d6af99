package mailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// service answers calls of the feed, one after the other.
type service struct {
	answers []string // an event's page, "pruned" or "away"
	asked   []string // after which cursor
	at      []time.Time
	end     func() // is called when there is no answer left
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	s.asked, s.at = append(s.asked, query.Get("after")), append(s.at, time.Now())
	if query.Get("wait") != "30" {
		return nil, errors.New("it would poll")
	}
	if len(s.answers) == 0 {
		s.end()
		return nil, r.Context().Err()
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	status, media, body := http.StatusOK, "application/json", answer
	switch answer {
	case "away":
		status, media, body = http.StatusInternalServerError, "application/problem+json", `{"code":"internal"}`
	case "pruned":
		status, media, body = http.StatusGone, "application/problem+json", `{"code":"events_pruned","oldest_cursor":"oldest"}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {media}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func page(next string, events int) string {
	one := `,{"action":"enrollment.confirmed","outcome":"success","user_id":"u-1","actor":{"user_id":"u-1"}}`
	return fmt.Sprintf(`{"events":[%s],"next_cursor":"%s"}`, strings.TrimPrefix(strings.Repeat(one, events), ","), next)
}

// Not parallel: it reads the log.
func TestEventsAreFollowedFromTheStartUntilTheEnd(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	for name, test := range map[string]struct {
		answers            []string
		asked              string
		told, lines, waits int
	}{
		"page after page":                       {[]string{page("c0", 0), page("c1", 2), page("c2", 1)}, "latest c0 c1 c2", 3, 0, 0},
		"what was pruned is passed over":        {[]string{page("c0", 0), "pruned", page("c2", 1)}, "latest c0 oldest c2", 1, 1, 0},
		"not there at the start":                {[]string{"away", "away", page("c0", 0), page("c1", 1)}, "latest latest latest c0 c1", 1, 2, 1},
		"away for a while, which is said once":  {[]string{page("c0", 0), "away", "away", "away", page("c1", 1)}, "latest c0 c0 c0 c0 c1", 1, 2, 7},
		"away twice, which is said of each one": {[]string{page("c0", 0), "away", page("c1", 1), "away", page("c2", 1)}, "latest c0 c0 c1 c1 c2", 2, 4, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
			synctest.Test(t, func(t *testing.T) {
				ctx, end := context.WithCancel(t.Context())
				s := &service{answers: test.answers, end: end}
				admin, err := countersign.New("https://2fa.example.com", "csk_ledger_x", countersign.WithHTTPClient(&http.Client{Transport: s}))
				if err != nil {
					t.Fatal(err)
				}
				m := New(some)
				m.Begin(ctx, admin)
				m.Follow(ctx, admin)
				waited := int(s.at[len(s.at)-1].Sub(s.at[0]) / time.Second)
				lines := strings.Count(log.String(), "\n")
				if asked := strings.Join(s.asked, " "); asked != test.asked || m.Unread("u-1") != test.told || lines != test.lines || waited != test.waits {
					t.Errorf("asked after %q, told of %d, waited %d s, and logged\n%s", asked, m.Unread("u-1"), waited, &log)
				}
			})
		})
	}
}
