package api_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// followed asks for what a tenant's feed has after a cursor.
func followed(tenant *apptest.Tenant, query string) (actions []string, next string) {
	tenant.Helper()
	page := tenant.Backend().Get("/v1/events?" + query).Want(200).JSON()
	for _, event := range page["events"].([]any) {
		actions = append(actions, event.(map[string]any)["action"].(string))
	}
	return actions, page["next_cursor"].(string)
}

// feedCursor is what a cursor would be, of whatever place.
func feedCursor(tenant, position string) string {
	text := fmt.Sprintf(`{"v":1,"l":"feed","a":%q,"t":%q}`, position, tenant)
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(text, `,"t":""`, "", 1)))
}

func after(cursor string) string { return "after=" + url.QueryEscape(cursor) }

func TestTheFeedTellsEachEventOnceOldestFirst(t *testing.T) {
	t.Parallel()
	tenant := apptest.Acme(t, apptest.Options{})
	begun, cursor := followed(tenant, "")
	if want := "tenant.created"; len(begun) == 0 || begun[0] != want {
		t.Fatalf("begins with %q, want %q", begun, want)
	}
	tenant.Put("zoe", "member")
	tenant.Put("yan", "member")
	var told []string
	for range 3 {
		var page []string
		page, cursor = followed(tenant, after(cursor)+"&limit=1")
		told = append(told, page...)
	}
	if strings.Join(told, " ") != "user.created user.created" {
		t.Errorf("told %q", told)
	}
	again, _ := followed(tenant, "limit=200")
	if strings.Join(again, " ") != strings.Join(append(begun, told...), " ") {
		t.Errorf("from the beginning: %q", again)
	}
}

func TestAnEventOfTheFeedIsThatOfTheTrail(t *testing.T) {
	t.Parallel()
	tenant := apptest.Acme(t, apptest.Options{})
	_, cursor := followed(tenant, "after=latest")
	tenant.Put("zoe", "member")
	told := tenant.Backend().Get("/v1/events?" + after(cursor)).Want(200).JSON()["events"].([]any)
	listed := tenant.Backend().Get("/v1/audit-events?limit=1").Want(200).JSON()["events"].([]any)
	if diff := cmp.Diff(listed, told); diff != "" {
		t.Errorf("the feed beside the trail (-trail +feed):\n%s", diff)
	}
}

func TestTheFeedWaitsForTheNextEvent(t *testing.T) {
	t.Parallel()
	tenant := apptest.Acme(t, apptest.Options{})
	go tenant.Service.SequenceEvents(t.Context(), time.Millisecond, slog.New(slog.DiscardHandler))
	_, cursor := followed(tenant, "after=latest")
	told := make(chan []string)
	go func() {
		events, _ := followed(tenant, after(cursor)+"&wait=30")
		told <- events
	}()
	tenant.Put("zoe", "member")
	if events := <-told; len(events) != 1 || events[0] != "user.created" {
		t.Errorf("told %q", events)
	}
}

func TestACursorOfTheFeedIsOfItsTenantAndOfWhatIsHere(t *testing.T) {
	t.Parallel()
	tenant := apptest.Acme(t, apptest.Options{})
	other := tenant.Tenant(operator.TenantInput{ID: "globex"})
	_, foreign := followed(other, "after=latest")
	listed := tenant.Backend().Get("/v1/audit-events?limit=1").Want(200).Text("next_cursor")
	for name, cursor := range map[string]string{
		"another tenant": foreign, "another list": listed, "nothing": "x", "a position to come": feedCursor("acme", "99999"), "a position below zero": feedCursor("acme", "-1"),
		"no number": feedCursor("acme", "1e3"), "nobody": feedCursor("", "1"),
	} {
		answer := tenant.Backend().Get("/v1/events?" + after(cursor))
		if answer.Code() != "invalid_request" || !strings.Contains(string(answer.Body), "latest") {
			t.Errorf("a cursor of %s: %s", name, answer.Body)
		}
	}
}

func TestTheFeedIsForTheScopeAdmin(t *testing.T) {
	t.Parallel()
	tenant := apptest.Acme(t, apptest.Options{})
	for _, scope := range []domain.Scope{domain.ScopeLogin, domain.ScopeDirectory} {
		tenant.Client(tenant.ServiceKey(scope)).Get("/v1/events").WantProblem(403, "forbidden")
	}
}

// Whoever comes back after events were pruned is told so, and with which cursor to go on.
func TestACursorOfBeforeWhatIsKeptIsAnsweredWithTheOldest(t *testing.T) {
	t.Parallel()
	tenant := apptest.Acme(t, apptest.Options{})
	_, early := followed(tenant, "limit=1")
	for _, name := range []string{"zoe", "yan", "xia"} {
		tenant.Put(name, "member")
	}
	_, latest := followed(tenant, "limit=200")
	tenant.OK(tenant.Store.Feed().PruneEvents(t.Context(), tenant.Clock.Now().AddDate(1, 0, 0), 100, func(int) error { return nil }))
	tenant.Put("wes", "member")
	gone := tenant.Backend().Get("/v1/events?" + after(early)).Want(410)
	if gone.Code() != "events_pruned" {
		t.Errorf("answered %s", gone.Body)
	}
	rest, _ := followed(tenant, after(gone.JSON()["oldest_cursor"].(string)))
	if begun, _ := followed(tenant, ""); strings.Join(begun, " ") != strings.Join(rest, " ") {
		t.Errorf("the oldest cursor tells %q, and none %q", rest, begun)
	}
	if told, _ := followed(tenant, after(latest)); strings.Join(told, " ") != "user.created" {
		t.Errorf("who had read all is told %q", told)
	}
}
