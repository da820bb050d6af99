package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/operator"
)

// toldEvent is what an answer says of an event.
type toldEvent struct {
	Action, Outcome, UserID, Address, RequestID, Reason string
	Actor                                               map[string]string
	Details                                             map[string]string
}

// ownEvents are the events about ada that one of her tickets is told, newest first,
// and all of the answer.
func ownEvents(t *testing.T, client *apptest.Client, query string) (events []toldEvent, body string) {
	t.Helper()
	answer := client.Get("/v1/audit-events?user_id=ada" + query).Want(200)
	var page struct {
		Events []struct {
			toldEvent
			UserID    string `json:"user_id"`
			RequestID string `json:"request_id"`
		} `json:"events"`
	}
	if err := json.Unmarshal(answer.Body, &page); err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Events {
		e.toldEvent.UserID, e.toldEvent.RequestID = e.UserID, e.RequestID
		events = append(events, e.toldEvent)
	}
	return events, string(answer.Body)
}

func TestAUserSeesWhatHappenedToTheirSecondFactorAndNotByWhom(t *testing.T) {
	t.Parallel()
	tenant, ada, eve := helped(t)
	admin := tenant.Browser("eve", "admin")
	browser := tenant.Browser("ada", "account")
	browser.Post(user("/verify"), M{"code": ada.Fresh()}).Want(200)
	browser.Post(user("/verify"), M{"code": ada.Wrong()}).WantProblem(422, "code_invalid")
	admin.Post(user("/access-passes"), M{"reason": "she sounds drunk"}, apptest.StepUp(eve.StepUp())).Want(201)
	admin.Post(user("/recovery-codes/reveal"), M{"reason": "she sounds drunk"}, apptest.StepUp("x")).WantProblem(401, "step_up_required")
	tenant.Client(tenant.ServiceKey("admin")).Post(user("/recovery-codes/reveal"), M{"reason": "she sounds drunk"}, apptest.StepUp(eve.StepUp())).Want(200)
	tenant.Client(tenant.ServiceKey("login")).Delete(user("/access-passes")).Want(204)
	for _, purpose := range []string{"account", "admin"} {
		events, body := ownEvents(t, tenant.Browser("ada", purpose), "")
		var told []string
		for _, e := range events {
			told = append(told, e.Action+" "+e.Outcome+" "+e.Actor["type"]+" "+e.Actor["user_id"])
			if own := e.Actor["user_id"] == "ada"; own != (e.Address != "") || own != (e.RequestID != "") || e.Actor["id"] != "" || e.Reason != "" || e.UserID != "ada" {
				t.Errorf("%+v", e)
			}
			if e.Details["why"] != "" {
				t.Errorf("%s says why: %v", e.Action, e.Details)
			}
		}
		want := []string{
			"access_pass.ended success service_key ", "recovery_codes.revealed success ticket ", // of eve, through the host's key
			"access_pass.given success ticket ", "verification failure ticket ada", "verification success ticket ada",
			"enrollment.confirmed success service_key ", "enrollment.begun success service_key ",
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("%s (-want +got):\n%s", purpose, diff)
		}
		for _, secret := range []string{`"eve"`, "drunk", "tkt_", "key_", "sut_"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s is told %q: %s", purpose, secret, body)
			}
		}
	}
	if _, body := ownEvents(t, tenant.Backend(), ""); !strings.Contains(body, "drunk") {
		t.Error("who reads the trail is told less as well")
	}
}

func TestEventsAreForTheUserOfTheTicketAlone(t *testing.T) {
	t.Parallel()
	tenant, _, _ := helped(t)
	for name, c := range map[string]struct {
		client *apptest.Client
		query  string
	}{
		"of all users":                    {tenant.Browser("ada", "account"), ""},
		"of another":                      {tenant.Browser("ada", "account"), "?user_id=eve"},
		"with a login ticket":             {tenant.Browser("ada", "login"), "?user_id=ada"},
		"of another, as no administrator": {tenant.Browser("ada", "admin"), "?user_id=eve"},
		"with a login key":                {tenant.Client(tenant.ServiceKey("login", "directory")), "?user_id=ada"},
	} {
		if answer := c.client.Get("/v1/audit-events" + c.query); answer.Status != 403 || answer.Code() != "forbidden" {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Body)
		}
	}
	if events, body := ownEvents(t, tenant.Browser("eve", "admin"), ""); len(events) == 0 || !strings.Contains(body, "key_") {
		t.Error("an administrator is told less")
	}
}

// What others asked for about somebody is not an event of that person; what they
// were refused because of that person is not for them either.
func TestRefusalsOfOthersAreNotToldToTheUser(t *testing.T) {
	t.Parallel()
	tenant, _, eve := helped(t)
	tenant.Mandate(eve)
	tenant.Put("max", "user_manager")
	tenant.Browser("max", "account").Get(user("/factors")).WantProblem(403, "forbidden")
	tenant.Browser("max", "admin").Post(user("/disable"), M{"reason": "r"}).WantProblem(401, "step_up_required")
	tenant.Backend().Post(user("/disable"), M{"code": "123456"}).WantProblem(409, "two_factor_mandatory")
	events, _ := ownEvents(t, tenant.Browser("ada", "account"), "")
	for _, e := range events {
		if e.Action == "access.refused" {
			t.Errorf("%+v", e)
		}
	}
	if filtered, _ := ownEvents(t, tenant.Browser("ada", "account"), "&action=access.refused"); len(filtered) != 0 {
		t.Errorf("by a filter: %+v", filtered)
	}
}

// More than are read at a time.
func TestAPageOfOnesOwnEventsEndsAfterManyThatAreNotTold(t *testing.T) {
	t.Parallel()
	tenant, _, _ := helped(t)
	want, _ := ownEvents(t, tenant.Browser("ada", "account"), "")
	for range 205 {
		tenant.Browser("ada", "account")
	}
	got, _ := ownEvents(t, tenant.Browser("ada", "account"), "&limit=2")
	if diff := cmp.Diff(want[:2], got); diff != "" {
		t.Errorf("after many tickets (-want +got):\n%s", diff)
	}
}

// A cursor is made of the id of an event, which says when that was.
func TestNoCursorOfOnesOwnEventsNamesOneThatIsNotTold(t *testing.T) {
	t.Parallel()
	tenant, ada, _ := helped(t)
	var told []string
	for range 3 {
		browser := tenant.Browser("ada", "account") // an event that is not told
		browser.Post(user("/verify"), M{"code": ada.Fresh()}).Want(200)
	}
	browser := tenant.Browser("ada", "account")
	for _, e := range browser.Get("/v1/audit-events?user_id=ada").Want(200).JSON()["events"].([]any) {
		told = append(told, e.(map[string]any)["event_id"].(string))
	}
	for _, query := range []string{"&limit=1", "&limit=2", "&action=ticket.issued&limit=1", "&action=user.updated"} {
		next := ""
		for {
			answer := browser.Get("/v1/audit-events?user_id=ada" + query + next).Want(200)
			if answer.JSON()["next_cursor"] == nil {
				break
			}
			cursor := answer.Text("next_cursor")
			content, err := base64.RawURLEncoding.DecodeString(cursor)
			if err != nil || !slices.ContainsFunc(told, func(id string) bool { return strings.Contains(string(content), id) }) {
				t.Fatalf("%s: a cursor of none that is told: %s %v", query, content, err)
			}
			next = "&cursor=" + cursor
		}
	}
}

func TestPagesOfOnesOwnEventsSkipNothing(t *testing.T) {
	t.Parallel()
	tenant, ada, _ := helped(t)
	for range 4 {
		tenant.Browser("ada", "account").Post(user("/verify"), M{"code": ada.Fresh()}).Want(200) // each ticket is an event that is not told
	}
	browser := tenant.Browser("ada", "account")
	all, _ := ownEvents(t, browser, "")
	for _, limit := range []int{1, 2, 3, 200} {
		var paged []string
		pages, next := 0, fmt.Sprintf("/v1/audit-events?user_id=ada&limit=%d", limit)
		for cursor := ""; ; pages++ {
			answer := browser.Get(next + cursor).Want(200)
			for _, e := range answer.JSON()["events"].([]any) {
				paged = append(paged, e.(map[string]any)["action"].(string))
			}
			if answer.JSON()["next_cursor"] == nil {
				break
			}
			cursor = "&cursor=" + answer.Text("next_cursor")
		}
		var want []string
		for _, e := range all {
			want = append(want, e.Action)
		}
		if diff := cmp.Diff(want, paged); diff != "" {
			t.Errorf("by %d, on %d pages (-want +got):\n%s", limit, pages, diff)
		}
	}
}

func TestWhoeverIsCreatedAnewSeesNoEventsOfBefore(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]operator.TenantInput{"as usual": {}, "in a sandbox that is ahead": {Sandbox: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := acme(t, apptest.Options{}, in)
			tenant.Enroll("ada")
			tenant.Backend().Delete(user("")).Want(204)
			if in.Sandbox {
				tenant.Backend().Post("/v1/sandbox/clock", M{"advance_seconds": 3600}).Want(200)
			}
			tenant.Clock.Advance(time.Second)
			tenant.Put("ada", "member")
			tenant.Begin("ada")
			events, _ := ownEvents(t, tenant.Browser("ada", "account"), "")
			if len(events) != 1 || events[0].Action != "enrollment.begun" {
				t.Errorf("%+v", events)
			}
		})
	}
}
