package secondstep_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/secondstep"
)

func TestAPageGetsTheTicketsOfItsPurposeForWhoIsLoggedIn(t *testing.T) {
	t.Parallel()
	mia := secondstep.Login{UserID: "u1", SessionID: "s1"}
	for name, test := range map[string]struct {
		login  secondstep.Login
		may    bool
		ticket string
		status int
	}{
		"who has the page":       {mia, true, `{"ticket":"t1"}`, 200},
		"who has it not":         {mia, false, `{"ticket":"t1"}`, 403},
		"nobody":                 {secondstep.Login{}, false, `{"ticket":"t1"}`, 401},
		"nobody, said otherwise": {secondstep.Login{}, true, `{"ticket":"t1"}`, 401},
		"without a session":      {secondstep.Login{UserID: "u1"}, true, `{"ticket":"t1"}`, 503},
		"who is deactivated":     {mia, true, "problem user_inactive", 403},
		"no answer":              {mia, true, "", 503},
	} {
		s := newService(t)
		s.says("/v1/users/u1/tickets", test.ticket)
		answer := post(secondstep.Tickets{
			Client: s.client(t), Purpose: countersign.TicketPurposeAdmin, Log: slog.New(slog.DiscardHandler),
			User: func(*http.Request) (secondstep.Login, bool) { return test.login, test.may },
		}, "/tickets/admin", "{}")
		if answer.Code != test.status {
			t.Errorf("%s: %d", name, answer.Code)
		}
		if test.status != 200 {
			continue
		}
		if diff := cmp.Diff(map[string]any{"user_id": "u1", "ticket": "t1"}, read(t, answer)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		const asked = `/v1/users/u1/tickets {"first_factor":["pwd"],"purpose":"admin","session_id":"s1"}`
		if diff := cmp.Diff([]string{asked}, s.heard("/v1/users/u1/tickets")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTicketsAreForAPurposeOrForAnAction(t *testing.T) {
	t.Parallel()
	for _, tickets := range []secondstep.Tickets{{}, {Purpose: countersign.TicketPurposeAccount, Action: "payment.approve"}} {
		s := newService(t)
		tickets.Client, tickets.Log = s.client(t), slog.New(slog.DiscardHandler)
		tickets.User = func(*http.Request) (secondstep.Login, bool) {
			return secondstep.Login{UserID: "u1", SessionID: "s1"}, true
		}
		if answer := post(tickets, "/tickets/account", "{}"); answer.Code != 503 || len(s.asked) > 0 {
			t.Errorf("%q, %q: %d, asked %v", tickets.Purpose, tickets.Action, answer.Code, s.asked)
		}
	}
}

// Allow is no permission for what takes a second factor.
func TestAnActionGetsATicketWhereItIsAChallengeAlone(t *testing.T) {
	t.Parallel()
	for decision, status := range map[string]int{
		challenge: 200, `{"decision":"allow","reason":"exempt"}`: 403, `{"decision":"enroll","ticket":"t"}`: 403, `{"decision":"deny"}`: 403, "": 503,
	} {
		s := newService(t)
		s.says(decisions, decision)
		answer := post(secondstep.Tickets{
			Client: s.client(t), Action: "payment.approve", Log: slog.New(slog.DiscardHandler),
			User: func(*http.Request) (secondstep.Login, bool) {
				return secondstep.Login{UserID: "u1", SessionID: "s1"}, true
			},
		}, "/payments/1/ticket", "{}")
		if answer.Code != status {
			t.Errorf("%s: %d", decision, answer.Code)
		}
		const asked = decisions + ` {"action":"payment.approve","first_factor":["pwd"],"session_id":"s1","user_id":"u1"}`
		if heard := s.heard(decisions); heard[0] != asked {
			t.Errorf("asked %s", heard[0])
		}
	}
}
