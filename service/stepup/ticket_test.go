package stepup_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/stepup"
)

func ticket() domain.Ticket {
	return domain.Ticket{
		ID: "jti_1", TenantID: "acme", UserID: "u1", Incarnation: -9_007_199_254_740_993,
		Purpose: domain.PurposeLogin, SessionID: "s1", Action: "export", FirstFactor: []string{"pwd"}, KeyID: "key_1",
		IssuedAt: now, ExpiresAt: now.Add(stepup.TicketLifetime),
	}
}

func ticketHeader(key stepup.TicketKey) object {
	return object{"alg": "HS256", "kid": key.ID, "typ": "ticket+jwt"}
}

// ticketWire keeps the incarnation's digits, which a float would round.
func ticketWire() object {
	return object{
		"jti": "jti_1", "tid": "acme", "sub": "u1", "incarnation": json.Number("-9007199254740993"),
		"purpose": "login", "session_id": "s1", "action": "export", "first_factor": []string{"pwd"}, "client_id": "key_1",
		"iat": now.Unix(), "exp": now.Unix() + 900,
	}
}

func TestAnIssuedTicketVerifies(t *testing.T) {
	t.Parallel()
	key := stepup.NewTicketKey()
	set := stepup.NewTicketKeySet(stepup.NewTicketKey(), key)
	for name, token := range map[string]string{
		"issued": mustIssue(t, key, ticket()),
		"forged": forge(t, ticketHeader(key), ticketWire(), hs256(key.Bytes())),
	} {
		got, err := set.Verify(token, now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(ticket(), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestATicketsTimesLoseTheirFractionsAndZone(t *testing.T) {
	t.Parallel()
	key, given := stepup.NewTicketKey(), ticket()
	given.SessionID, given.Action, given.FirstFactor = "", "", nil
	want := given
	given.IssuedAt = given.IssuedAt.Add(900 * time.Millisecond).In(time.FixedZone("", 3600))
	given.ExpiresAt = given.ExpiresAt.Add(900 * time.Millisecond).In(time.FixedZone("", 3600))
	got, err := stepup.NewTicketKeySet(key).Verify(mustIssue(t, key, given), now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIncompleteTicketsAreNotIssued(t *testing.T) {
	t.Parallel()
	key := stepup.NewTicketKey()
	for name, change := range map[string]func(*domain.Ticket){
		"id":         func(t *domain.Ticket) { t.ID = "" },
		"tenant":     func(t *domain.Ticket) { t.TenantID = "" },
		"user":       func(t *domain.Ticket) { t.UserID = "" },
		"key id":     func(t *domain.Ticket) { t.KeyID = "" },
		"no purpose": func(t *domain.Ticket) { t.Purpose = "" },
		"a purpose":  func(t *domain.Ticket) { t.Purpose = "root" },
		"issued at":  func(t *domain.Ticket) { t.IssuedAt = time.Time{} },
		"expires at": func(t *domain.Ticket) { t.ExpiresAt = time.Time{} },
		"too long":   func(t *domain.Ticket) { t.ExpiresAt = t.ExpiresAt.Add(1) },
		"no time":    func(t *domain.Ticket) { t.ExpiresAt = t.IssuedAt },
	} {
		bad := ticket()
		change(&bad)
		if token, err := key.Issue(bad); !errors.Is(err, stepup.ErrTicket) || token != "" {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
	if token, err := (stepup.TicketKey{}).Issue(ticket()); !errors.Is(err, stepup.ErrTicketKey) || token != "" {
		t.Errorf("the zero key issues %q, %v", token, err)
	}
}

func TestTimesOfATicket(t *testing.T) {
	t.Parallel()
	key := stepup.NewTicketKey()
	set, token := stepup.NewTicketKeySet(key), mustIssue(t, key, ticket())
	cases := map[string]struct {
		at    time.Time
		valid bool
	}{
		"at once":                    {now, true},
		"on a slower clock":          {now.Add(-stepup.Leeway), true},
		"on a much slower clock":     {now.Add(-stepup.Leeway - time.Second), false},
		"in its last second":         {now.Add(stepup.TicketLifetime - time.Nanosecond), true},
		"when it expires, no leeway": {now.Add(stepup.TicketLifetime), false},
		"without a clock":            {time.Time{}, false},
	}
	for name, c := range cases {
		if _, err := set.Verify(token, c.at); (err == nil) != c.valid || err != nil && err != stepup.ErrTicketInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func mustIssue(tb testing.TB, key stepup.TicketKey, t domain.Ticket) string {
	tb.Helper()
	token, err := key.Issue(t)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}
