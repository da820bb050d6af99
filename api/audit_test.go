package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// trailStore answers a list of events as it is told to.
type trailStore struct {
	batch.Inner
	events func(domain.EventFilter) (domain.EventPage, error)
}

func (s trailStore) Events(_ context.Context, _ string, f domain.EventFilter) (domain.EventPage, error) {
	return s.events(f)
}

// auditEvents asks for a list that a store answers so.
func auditEvents(t *testing.T, query string, events func(domain.EventFilter) (domain.EventPage, error)) *httptest.ResponseRecorder {
	t.Helper()
	tenant := acme(t, apptest.Options{})
	svc, err := service.New(t.Context(), service.Config{Store: batch.New(trailStore{tenant.Store, events}, nil), OperatorKeys: tenant.Store, Sealer: tenant.Sealer, Clock: tenant.Clock})
	tenant.OK(err)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/audit-events?"+query, nil)
	request.Header.Set("Authorization", "Bearer "+tenant.Key)
	w := httptest.NewRecorder()
	api.New(api.Config{Service: svc, Logger: tenant.Logger()}).Handler().ServeHTTP(w, request)
	return w
}

func TestAListOfEventsThatTakesTooLongNamesTheRemedy(t *testing.T) {
	t.Parallel()
	w := auditEvents(t, "", func(domain.EventFilter) (domain.EventPage, error) {
		return domain.EventPage{}, context.DeadlineExceeded
	})
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" ||
		!strings.Contains(w.Body.String(), `"unavailable"`) || !strings.Contains(w.Body.String(), "Narrow it by from and to") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Where the search of a page was ended early, the page may be short or empty, and there is a next one.
func TestAPageOfEventsThatIsNotFullMayHaveANext(t *testing.T) {
	t.Parallel()
	event := func(id string) domain.Event { return domain.Event{ID: id} }
	for name, c := range map[string]struct {
		found domain.EventPage
		ids   []string
		next  string // what the next page is before
	}{
		"full":               {domain.EventPage{Events: []domain.Event{event("3"), event("2"), event("1")}}, []string{"3", "2"}, "2"},
		"the last":           {domain.EventPage{Events: []domain.Event{event("3"), event("2")}}, []string{"3", "2"}, ""},
		"short, with more":   {domain.EventPage{Events: []domain.Event{event("3")}, Before: "1"}, []string{"3"}, "1"},
		"empty, with more":   {domain.EventPage{Before: "1"}, []string{}, "1"},
		"empty, and no more": {domain.EventPage{}, []string{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := func(query string) (ids []string, next *string, asked domain.EventFilter) {
				w := auditEvents(t, query, func(f domain.EventFilter) (domain.EventPage, error) { asked = f; return c.found, nil })
				var body struct {
					Events []struct {
						ID string `json:"event_id"`
					} `json:"events"`
					Next *string `json:"next_cursor"`
				}
				if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusOK {
					t.Fatalf("%d %s: %v", w.Code, w.Body, err)
				}
				ids = []string{}
				for _, e := range body.Events {
					ids = append(ids, e.ID)
				}
				return ids, body.Next, asked
			}
			ids, next, _ := page("limit=2")
			if diff := cmp.Diff(c.ids, ids); diff != "" || (next != nil) != (c.next != "") {
				t.Fatalf("next is %v; events (-want +got):\n%s", next, diff)
			}
			if next == nil {
				return
			}
			if _, _, asked := page("limit=2&cursor=" + url.QueryEscape(*next)); asked.Before != c.next {
				t.Errorf("the next page is before %q, want %q", asked.Before, c.next)
			}
		})
	}
}
