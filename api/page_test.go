package api_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/internal/apptest"
)

// walk follows next_cursor to the end of a list.
func walk(t *testing.T, client *apptest.Client, path, list, id string) (ids []string, pages int) {
	t.Helper()
	for next := ""; ; pages++ {
		at := path
		if next != "" {
			at += "&cursor=" + url.QueryEscape(next)
		}
		body := client.Get(at).Want(200).JSON()
		for _, item := range body[list].([]any) {
			ids = append(ids, item.(M)[id].(string))
		}
		if body["next_cursor"] == nil {
			return ids, pages + 1
		}
		next = body["next_cursor"].(string)
	}
}

func TestListsPageToTheEnd(t *testing.T) {
	t.Parallel()
	tenant := apptest.New(t, apptest.Options{}).Tenant(tenantNamed("acme"))
	var users []string
	for n := range 7 {
		users = append(users, fmt.Sprintf("u%d/ü", n))
		tenant.Put(users[n], "member")
	}
	var events []string
	for _, e := range tenant.Events() {
		events = append([]string{e.ID}, events...)
	}
	for limit, pages := range map[int]int{1: 7, 2: 4, 3: 3, 6: 2, 7: 1, 8: 1, 200: 1} {
		ids, n := walk(t, tenant.Backend(), fmt.Sprintf("/v1/users?limit=%d", limit), "users", "user_id")
		if diff := cmp.Diff(users, ids); diff != "" || n != pages {
			t.Errorf("limit %d: %d pages, want %d (-want +got):\n%s", limit, n, pages, diff)
		}
		ids, _ = walk(t, tenant.Backend(), fmt.Sprintf("/v1/audit-events?limit=%d", limit), "events", "event_id")
		if diff := cmp.Diff(events, ids); diff != "" {
			t.Errorf("limit %d (-want +got):\n%s", limit, diff)
		}
	}
	ids, _ := walk(t, tenant.Backend(), "/v1/users?two_factor=enabled", "users", "user_id")
	if len(ids) != 0 {
		t.Errorf("enabled: %v", ids)
	}
}

func TestAListHasFiftyUnlessAskedOtherwise(t *testing.T) {
	t.Parallel()
	tenant := apptest.New(t, apptest.Options{}).Tenant(tenantNamed("acme"))
	for n := range 51 {
		tenant.Put(fmt.Sprintf("u%02d", n), "member")
	}
	if got := len(tenant.Backend().Get("/v1/users").Want(200).JSON()["users"].([]any)); got != 50 {
		t.Errorf("%d users on the first page", got)
	}
}

func TestACursorIsOneOfOurs(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	backend := tenant.Backend()
	good := backend.Get("/v1/users?limit=1").Want(200).Text("next_cursor")
	encode := base64.RawURLEncoding.EncodeToString
	for name, cursor := range map[string]string{
		"of another list":  backend.Get("/v1/audit-events?limit=1").Want(200).Text("next_cursor"),
		"cut":              good[:len(good)-1],
		"longer":           good + "A",
		"padded":           good + "=",
		"words":            "next",
		"no object":        encode([]byte(`"users"`)),
		"of the future":    encode([]byte(`{"v":2,"l":"users","a":"ada"}`)),
		"without end":      encode([]byte(`{"v":1,"l":"users","a":""}`)),
		"with a newline":   encode([]byte(`{"v":1,"l":"users","a":"a\nb"}`)),
		"another spelling": encode([]byte(`{"v":1, "l":"users","a":"ada"}`)),
		"another field":    encode([]byte(`{"v":1,"l":"users","a":"ada","t":"other"}`)),
		"with more":        encode([]byte(`{"v":1,"l":"users","a":"ada"}{}`)),
	} {
		got := backend.Get("/v1/users?cursor=" + url.QueryEscape(cursor))
		if got.Code() != "invalid_request" {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	backend.Get("/v1/users?cursor=").WantProblem(400, "invalid_request")
	backend.Get("/v1/users?cursor=" + good).Want(200)
}

func FuzzACursorHasOneSpelling(f *testing.F) {
	for _, after := range []string{"ada", "a/b", "50%", "ü", "<&>", "\u2028"} {
		f.Add("users", api.CursorOf("users", after))
		f.Add("names", api.CursorOf("names", after, after, ""))
	}
	f.Add("users", "")
	f.Add("users", "eyJ2IjoxfQ")
	f.Fuzz(func(t *testing.T, list, text string) {
		again, err := api.Recoded(list, text)
		if err == nil && again != text {
			t.Errorf("%q is a second spelling of %q", text, again)
		}
	})
}

func TestASearchPagesByNameToTheEnd(t *testing.T) {
	t.Parallel()
	tenant := apptest.New(t, apptest.Options{}).Tenant(tenantNamed("acme"))
	for id, names := range map[string][2]string{
		"5": {"ana", "Ana Silva"}, "4": {"Anabel", "ana"}, "3": {"x3", "Anabel"}, "2": {"ANA", "x"}, "1": {"x1", "ana b"}, "0": {"bea", "Bea"},
	} {
		tenant.Backend().Put("/v1/users/"+id, M{
			"username": names[0], "display_name": names[1], "auth_source": "local", "role": "member", "active": true,
		}).Want(201)
	}
	want := []string{"2", "5", "4", "1", "3"}
	for limit := 1; limit <= 6; limit++ {
		ids, _ := walk(t, tenant.Backend(), fmt.Sprintf("/v1/users?q=ANA&limit=%d", limit), "users", "user_id")
		if diff := cmp.Diff(want, ids); diff != "" {
			t.Errorf("limit %d (-want +got):\n%s", limit, diff)
		}
	}
	cursor := url.QueryEscape(tenant.Backend().Get("/v1/users?q=ana&limit=1").Want(200).Text("next_cursor"))
	tenant.Backend().Get("/v1/users?cursor="+cursor).WantProblem(400, "invalid_request")
	plain := url.QueryEscape(tenant.Backend().Get("/v1/users?limit=1").Want(200).Text("next_cursor"))
	tenant.Backend().Get("/v1/users?q=ana&cursor="+plain).WantProblem(400, "invalid_request")
}
