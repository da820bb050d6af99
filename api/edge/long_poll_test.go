package edge_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
)

// follower follows a tenant's feed over a connection of its own.
type follower struct {
	*apptest.Tenant
	server *edge.Server
	url    string
}

func newFollower(t *testing.T, request time.Duration) *follower {
	t.Helper()
	tenant := apptest.Acme(t, apptest.Options{})
	f := &follower{Tenant: tenant, server: api.New(api.Config{Service: tenant.Service, Logger: tenant.Logger(), MaxInFlight: 1})}
	f.server.SetTimeouts(request, request)
	server := httptest.NewUnstartedServer(f.server.Handler())
	server.Config.ReadTimeout, server.Config.WriteTimeout = request, request
	server.Start()
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// ask returns the answer of the feed, or of what else path names.
func (f *follower) ask(path string) (status, events int, next string) {
	request, err := http.NewRequestWithContext(f.Context(), http.MethodGet, f.url+path, nil)
	f.OK(err)
	request.Header.Set("Authorization", "Bearer "+f.Key)
	answer, err := http.DefaultClient.Do(request)
	f.OK(err)
	defer func() { _ = answer.Body.Close() }()
	var page struct {
		Events     []json.RawMessage
		NextCursor string `json:"next_cursor"`
	}
	f.OK(json.NewDecoder(answer.Body).Decode(&page))
	return answer.StatusCode, len(page.Events), page.NextCursor
}

func TestACallThatWaitsTakesLongerThanOthersMay(t *testing.T) {
	t.Parallel()
	f := newFollower(t, 200*time.Millisecond)
	_, _, cursor := f.ask("/v1/events?after=latest")
	if status, events, next := f.ask("/v1/events?wait=1&after=" + cursor); status != 200 || events != 0 || next != cursor {
		t.Errorf("answered %d with %d events and %q, want %q", status, events, next, cursor)
	}
}

func TestACallThatWaitsKeepsNoOtherWaitingAndEndsWithTheServer(t *testing.T) {
	t.Parallel()
	f := newFollower(t, time.Minute)
	_, _, cursor := f.ask("/v1/events?after=latest")
	answers := make(chan int)
	for range 3 {
		go func() {
			status, _, _ := f.ask("/v1/events?wait=30&after=" + cursor)
			answers <- status
		}()
	}
	apptest.Eventually(t, "three calls wait", func() bool { return f.server.Polls() == 3 })
	if status, _, _ := f.ask("/v1/policy"); status != 200 { // there is one place for calls
		t.Errorf("another call: %d", status)
	}
	f.server.EndStreams()
	for range 3 {
		if status := <-answers; status != 200 {
			t.Errorf("at the end of the server: %d", status)
		}
	}
}
