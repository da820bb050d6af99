package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

// exported reads all pages of an export, and returns the first one and the actions of all.
func exported(tenant *apptest.Tenant, userID string, limit int) (first *apptest.Response, actions []string) {
	tenant.Helper()
	for cursor := ""; ; {
		query := fmt.Sprintf("?limit=%d", limit)
		if cursor != "" {
			query += "&cursor=" + url.QueryEscape(cursor)
		}
		page := tenant.Backend().Get(apptest.Path("/v1/users/%s/export", userID) + query).Want(http.StatusOK)
		if first == nil {
			first = page
		}
		for _, event := range page.JSON()["events"].([]any) {
			actions = append(actions, event.(map[string]any)["action"].(string))
		}
		if cursor = page.Text("next_cursor"); cursor == "" {
			return first, actions
		}
	}
}

func TestAnExportTellsAllPagesOfEventsAndNoSecret(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		tenant, backend := n.ours, n.ours.Backend()
		allowBrowsers(tenant, n.own, 30)
		tenant.Put("ada", "member")
		ada := tenant.Enroll("ada")
		browser := backend.Post("/v1/users/ada/remembered-browsers", M{"step_up_token": ada.Verify(""), "name": "Firefox on Linux"}).Want(http.StatusCreated)
		pass := backend.Post("/v1/users/ada/access-passes", M{"reason": "phone forgotten"}, apptest.StepUp(n.own.StepUp())).Want(http.StatusCreated)
		backend.Post("/v1/users/ada/verify", M{"code": ada.Wrong()}).Want(http.StatusUnprocessableEntity)

		want := 1 // that it is exported
		for _, e := range tenant.Events() {
			if e.UserID == "ada" {
				want++
			}
		}
		first, actions := exported(tenant, "ada", 2)
		if len(actions) != want || actions[0] != "user.exported" || actions[want-1] != "user.created" {
			t.Errorf("%d events, want %d, from the newest to the creation: %q", len(actions), want, actions)
		}
		for _, told := range []string{
			ada.FactorID, browser.Text("browser_id"), "Firefox on Linux", pass.Text("expires_at"), `"given_by":"own"`, `"failures":1`, `"total":8`,
		} {
			if !strings.Contains(string(first.Body), told) {
				t.Errorf("there is no %s in %s", told, first.Body)
			}
		}
		secrets := append(slices.Clone(ada.RecoveryCodes), browser.Text("secret"), pass.Text("access_pass"), ada.Token, secretOf(t, ada.URI))
		for _, secret := range secrets {
			if strings.Contains(string(first.Body), secret) {
				t.Errorf("%s is in the export", secret)
			}
		}

		// Whoever asks for a later page alone leaves a trace as well.
		pages := 0
		for _, e := range tenant.Events() {
			if e.Action == domain.ActionUserExported {
				pages++
			}
		}
		if pages != (want+1)/2 {
			t.Errorf("%d pages left %d events", (want+1)/2, pages)
		}
		cursor := "?cursor=" + first.Text("next_cursor")
		backend.Get("/v1/users/own/export"+cursor).WantProblem(http.StatusBadRequest, "invalid_request")
		n.theirs.Put("ada", "member")
		n.theirs.Backend().Get("/v1/users/ada/export"+cursor).WantProblem(http.StatusBadRequest, "invalid_request")

		// What somebody did to others is told too, and of others their ids.
		if _, actions := exported(tenant, "own", 50); !slices.Contains(actions, "access_pass.given") {
			t.Errorf("whoever gave the pass is told of %q", actions)
		}
	})
}

func secretOf(t *testing.T, uri string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("secret")
}

func TestErasureIsRefusedUntilTheUserIsNotActiveAndThenLeavesAPseudonym(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		tenant, backend := n.ours, n.ours.Backend()
		tenant.Put("ada", "member")
		ada := tenant.Enroll("ada")
		tenant.Client(tenant.Ticket("ada", "login")).Post("/v1/users/ada/verify", M{"code": ada.Fresh()}).Want(http.StatusOK)
		before, user := len(tenant.Events()), tenant.User("ada")
		backend.Delete("/v1/users/ada?erase=true").WantProblem(http.StatusConflict, "user_active")
		if after := len(tenant.Events()); after != before || tenant.User("ada").Version != user.Version {
			t.Errorf("%d events, and version %d", after, tenant.User("ada").Version)
		}
		backend.Put("/v1/users/erased_ada", M{"username": "x", "auth_source": "local", "role": "member", "active": true}).WantProblem(http.StatusBadRequest, "invalid_request")
		theirs := len(n.theirs.Events())

		backend.Put("/v1/users/ada", M{"username": "ada@example.com", "auth_source": "local", "role": "member", "active": false}).Want(http.StatusOK)
		backend.Delete("/v1/users/ada?erase=true").Want(http.StatusNoContent)
		backend.Get("/v1/users/ada").WantProblem(http.StatusNotFound, "not_found")
		backend.Get("/v1/users/ada/export").WantProblem(http.StatusNotFound, "not_found")
		var pseudonym string
		for _, e := range tenant.Events() {
			if e.Action == domain.ActionUserErased {
				pseudonym = e.UserID
			}
		}
		backend.Delete("/v1/users/"+pseudonym+"?erase=true").WantProblem(http.StatusNotFound, "not_found")
		events := string(backend.Get("/v1/audit-events?limit=200&user_id=" + pseudonym).Want(http.StatusOK).Body)
		for _, gone := range []string{`"ada"`, "ada@example.com"} {
			if strings.Contains(events, gone) {
				t.Errorf("%s is in %s", gone, events)
			}
		}
		for _, e := range tenant.Events() {
			if ofHost := e.Actor.Type == domain.ActorServiceKey; e.UserID == pseudonym && (ofHost == (e.Address == "") || e.RequestID != "") {
				t.Errorf("%s by a %s came from %q with request %q", e.Action, e.Actor.Type, e.Address, e.RequestID)
			}
		}
		if first, actions := exported(tenant, pseudonym, 200); len(actions) < before/2 || first.JSON()["user"] != nil {
			t.Errorf("of the pseudonym is told %q", actions)
		}
		if got := len(n.theirs.Events()); got != theirs {
			t.Errorf("%d events of the other tenant came", got-theirs)
		}
		backend.Delete("/v1/users/ada?erase=true").Want(http.StatusNoContent) // once more does no harm
	})
}
