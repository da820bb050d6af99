package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTheMailboxShowsPeopleTheirOwnMessagesAlone(t *testing.T) {
	t.Parallel()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/events" || r.Header.Get("Authorization") != "Bearer csk_ledger_x" {
			t.Errorf("asked for %s", r.URL)
		}
		w.Header().Set("Content-Type", "application/json")
		events := ""
		if r.URL.Query().Get("after") == "c1" {
			events = `{"action":"recovery_codes.revealed","outcome":"success","user_id":"u-4","actor":{"user_id":"u-3"},"at":"2026-02-03T09:12:44Z"}`
		}
		_, _ = io.WriteString(w, `{"events":[`+events+`],"next_cursor":"c1"}`)
	}))
	t.Cleanup(service.Close)
	a := before(t, service.URL)
	for range 2 { // the place where it begins, and what came after it
		a.mailbox.Begin(t.Context(), a.admin)
	}
	visit := func(name string, open bool, path string) *httptest.ResponseRecorder {
		u, err := a.users.named(name)
		if err != nil {
			t.Fatal(err)
		}
		a.sessions.all[name] = session{id: name, user: u, open: open, expires: time.Now().Add(time.Minute)}
		request, answer := httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder()
		request.AddCookie(&http.Cookie{Name: a.cookie(), Value: name})
		a.handler().ServeHTTP(answer, request)
		return answer
	}
	const viewed, unread = "Uma Lindqvist looked at your recovery codes", `<span class="count">1<span class="hidden"> unread</span></span>`
	if halfway := visit("ben", false, "/mailbox"); halfway.Code != http.StatusSeeOther {
		t.Errorf("halfway through the login: %d", halfway.Code)
	}
	if page := visit("ben", true, "/password").Body.String(); !strings.Contains(page, unread) {
		t.Error("nothing is unread")
	}
	for _, test := range []struct {
		name string
		want bool
	}{{"uma", false}, {"ben", true}} {
		page := visit(test.name, true, "/mailbox").Body.String()
		if strings.Contains(page, viewed) != test.want || strings.Contains(page, unread) {
			t.Errorf("%s sees %s", test.name, page)
		}
	}
}
