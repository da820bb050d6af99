package secondstep_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/secondstep"
	"github.com/countersign/countersign/clients/go/stepup"
)

const (
	decisions = "/v1/decisions"
	challenge = `{"decision":"challenge","reason":"enrolled","ticket":"t1","remember_browser_days":30}`
)

func TestTheScreenGetsWhatTheDecisionSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		decision string
		status   int
		want     map[string]any
		opens    bool
	}{
		"challenge": {challenge, 200, map[string]any{
			"outcome": "challenge", "user_id": "u1", "ticket": "t1", "reason": "enrolled", "remember_browser_days": 30.0}, false},
		"enroll": {`{"decision":"enroll","reason":"mandatory","ticket":"t2","enroll_by":"2026-02-03T08:13:00Z"}`, 200, map[string]any{
			"outcome": "enroll", "user_id": "u1", "ticket": "t2", "reason": "mandatory", "enroll_by": "2026-02-03T08:13:00Z"}, false},
		"allow": {`{"decision":"allow","reason":"not_enrolled"}`, 200, map[string]any{"outcome": "allow"}, true},
		"deny":  {`{"decision":"deny","reason":"inactive"}`, 403, map[string]any{"message": "Forbidden"}, false},
	} {
		s := newService(t)
		s.says(decisions, test.decision)
		h := hostOf(t, s)
		answer := post(h, "/login/ticket", "{}")
		if diff := cmp.Diff(test.want, read(t, answer)); diff != "" || answer.Code != test.status {
			t.Errorf("%s: %d (-want +got):\n%s", name, answer.Code, diff)
		}
		if opens := len(h.opened) == 1; opens != test.opens {
			t.Errorf("%s: opened %d times", name, len(h.opened))
		}
		if answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept by a cache", name)
		}
		const asked = decisions + ` {"first_factor":["pwd"],"session_id":"s1","user_id":"u1"}`
		if diff := cmp.Diff([]string{asked}, s.heard(decisions)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Whoever makes the service unreachable gets nowhere.
func TestNothingButAllowOrAVerifiedTokenOpensASession(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for name, decision := range map[string]string{
		"no answer": "", "an outcome that is unknown": `{"decision":"later","ticket":"t"}`, "no JSON": "hello", "a challenge without its ticket": `{"decision":"challenge"}`,
	} {
		s.says(decisions, decision)
		h := hostOf(t, s)
		if answer := post(h, "/login/ticket", "{}"); answer.Code != http.StatusServiceUnavailable || len(h.opened) > 0 {
			t.Errorf("%s: %d, opened %d times", name, answer.Code, len(h.opened))
		}
	}
}

func TestAProofOpensTheSessionItWasMadeIn(t *testing.T) {
	t.Parallel()
	s := newService(t)
	forged := newService(t).token(t, jwt.MapClaims{"iss": s.URL + "/acme"})
	for name, test := range map[string]struct {
		token  string
		status int
	}{
		"a code":                    {s.token(t, nil), 204},
		"a recovery code":           {s.token(t, jwt.MapClaims{"acr": stepup.ACRRecovery, "method": "recovery_code", "amr": []string{}}), 204},
		"a passkey":                 {s.token(t, jwt.MapClaims{"acr": stepup.ACRPhishingResistant, "method": "passkey", "amr": []string{"pwd", "pop", "mfa"}}), 204},
		"another user's":            {s.token(t, jwt.MapClaims{"sub": "u2"}), 403},
		"another session's":         {s.token(t, jwt.MapClaims{"session_id": "s2"}), 403},
		"without a first factor":    {s.token(t, jwt.MapClaims{"acr": stepup.ACRSecondFactor, "amr": []string{"otp"}}), 403},
		"for an action":             {s.token(t, jwt.MapClaims{"action": "payment.approve"}), 403},
		"for the service":           {s.token(t, jwt.MapClaims{"aud": "countersign"}), 403},
		"too old":                   {s.token(t, jwt.MapClaims{"auth_time": time.Now().Unix() - 301}), 403},
		"somebody else's signature": {forged, 403},
		"none":                      {"", 403},
	} {
		h := hostOf(t, s)
		answer := post(h, "/login/second-step", "{}", "Step-Up-Token", test.token)
		if opens := len(h.opened) == 1; answer.Code != test.status || opens != (test.status == 204) {
			t.Errorf("%s: %d, opened %d times", name, answer.Code, len(h.opened))
		}
		if test.status == 204 && (h.opened[0].Claims == nil || h.opened[0].UserID != "u1" || answer.Header().Get("Session") != "new") {
			t.Errorf("%s: opened with %v", name, h.opened[0].Login)
		}
	}
}

func TestWithoutAPendingLoginNothingIsAnsweredOrOpened(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pending bool
		login   secondstep.Login
		status  int
	}{
		"nobody":            {false, secondstep.Login{}, 401},
		"one that is over":  {false, secondstep.Login{UserID: "u1", SessionID: "s1"}, 401},
		"without a session": {true, secondstep.Login{UserID: "u1"}, 503},
		"without its user":  {true, secondstep.Login{SessionID: "s1"}, 503},
	} {
		s := newService(t)
		s.says(decisions, `{"decision":"allow"}`)
		h := hostOf(t, s)
		h.pending, h.login = test.pending, test.login
		bare := s.token(t, nil)
		if test.login.SessionID == "" {
			bare = s.token(t, jwt.MapClaims{"session_id": ""})
		}
		for _, path := range []string{"/login/ticket", "/login/second-step"} {
			if answer := post(h, path, "{}", "Step-Up-Token", bare); answer.Code != test.status || len(h.opened) > 0 || len(s.heard(decisions)) > 0 {
				t.Errorf("%s, %s: %d, opened %d times", name, path, answer.Code, len(h.opened))
			}
		}
	}
}

func TestOnlyAPageOfTheHostsOwnOriginPosts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.says(decisions, `{"decision":"allow"}`)
	tickets := secondstep.Tickets{Client: s.client(t), Purpose: countersign.TicketPurposeAccount, User: func(*http.Request) (secondstep.Login, bool) {
		return secondstep.Login{UserID: "u1", SessionID: "s1"}, true
	}}
	s.says("/v1/users/u1/tickets", `{"ticket":"t1"}`)
	for name, test := range map[string]struct {
		headers []string
		served  bool
	}{
		"the same origin":                       {nil, true},
		"the same origin, older browsers":       {[]string{"Sec-Fetch-Site", "", "Origin", "https://app.example.com"}, true},
		"another site":                          {[]string{"Sec-Fetch-Site", "cross-site"}, false},
		"a neighbour under the domain":          {[]string{"Sec-Fetch-Site", "same-site", "Origin", "https://app.example.com"}, false},
		"an address that was typed":             {[]string{"Sec-Fetch-Site", "none"}, false},
		"another origin, older browsers":        {[]string{"Sec-Fetch-Site", "", "Origin", "https://evil.example.com"}, false},
		"an opaque origin":                      {[]string{"Sec-Fetch-Site", "", "Origin", "null"}, false},
		"a program that says nothing":           {[]string{"Sec-Fetch-Site", ""}, false},
		"a site that says it is the origin too": {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "https://app.example.com"}, false},
	} {
		h := hostOf(t, s)
		for path, handler := range map[string]http.Handler{"/login/ticket": h, "/login/second-step": h, "/tickets/account": tickets} {
			headers := append([]string{"Step-Up-Token", s.token(t, nil)}, test.headers...)
			if answer := post(handler, path, "{}", headers...); (answer.Code < 300) != test.served || !test.served && answer.Code != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, path, answer.Code)
			}
		}
		if len(h.opened) > 0 != test.served {
			t.Errorf("%s: opened %d times", name, len(h.opened))
		}
	}
}

func TestWhatIsNoPostOfOneOfTheTwoRoutesIsRefused(t *testing.T) {
	t.Parallel()
	h := hostOf(t, newService(t))
	for _, test := range []struct {
		method, path string
		status       int
	}{{http.MethodGet, "/login/ticket", 405}, {http.MethodPut, "/login/second-step", 405}, {http.MethodPost, "/login/other", 404}, {http.MethodPost, "/", 404}} {
		request := httptest.NewRequest(test.method, "https://app.example.com"+test.path, http.NoBody)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, request)
		if answer.Code != test.status || answer.Code == 405 && answer.Header().Get("Allow") != "POST" {
			t.Errorf("%s %s: %d", test.method, test.path, answer.Code)
		}
	}
	for _, body := range []string{"{", `{"remember_browser":"yes"}`, `{"remember_browser":true, "more":"` + strings.Repeat("x", 5000) + `"}`} {
		if answer := post(h, "/login/second-step", body); answer.Code != http.StatusBadRequest {
			t.Errorf("%.40s: %d", body, answer.Code)
		}
	}
}

// The token lives on: the same one may be brought again.
func TestWhileTheKeysCannotBeHadNobodyIsLetIn(t *testing.T) {
	t.Parallel()
	s := newService(t)
	token := s.token(t, nil)
	published := s.answers["/.well-known/jwks.json"]
	s.says("/.well-known/jwks.json", "")
	h := hostOf(t, s)
	if answer := post(h, "/login/second-step", "{}", "Step-Up-Token", token); answer.Code != http.StatusServiceUnavailable || len(h.opened) > 0 {
		t.Errorf("%d, opened %d times", answer.Code, len(h.opened))
	}
	s.says("/.well-known/jwks.json", published)
	if answer := post(hostOf(t, s), "/login/second-step", "", "Step-Up-Token", token); answer.Code != http.StatusNoContent {
		t.Errorf("afterwards: %d", answer.Code)
	}
}

func TestASessionThatDidNotOpenIsNotSaidToBeOpen(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.says(decisions, `{"decision":"allow"}`)
	for name, test := range map[string]struct {
		err    error
		status int
		want   string
	}{
		"a database that is gone": {errors.New("connection refused"), 503, "Service Unavailable"},
		"the host's own no":       {&secondstep.Conflict{Message: "Your trial is over."}, 409, "Your trial is over."},
	} {
		h := hostOf(t, s)
		h.fails = test.err
		for _, path := range []string{"/login/ticket", "/login/second-step"} {
			answer := post(h, path, `{"remember_browser":true}`, "Step-Up-Token", s.token(t, nil))
			if answer.Code != test.status || read(t, answer)["message"] != test.want || answer.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s, %s: %d, %s", name, path, answer.Code, answer.Body)
			}
		}
	}
	if asked := s.heard("/v1/users/u1/remembered-browsers"); len(asked) > 0 {
		t.Errorf("a browser was remembered: %s", asked)
	}
}

func TestTheHostSaysWhereAPersonGoes(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.says(decisions, `{"decision":"allow"}`)
	h := hostOf(t, s)
	h.Next = func(_ *http.Request, passed secondstep.Passed) string { return "/home/" + passed.UserID }
	for _, path := range []string{"/login/ticket", "/login/second-step"} {
		if answer := post(h, path, "", "Step-Up-Token", s.token(t, nil)); answer.Code != 200 || read(t, answer)["next"] != "/home/u1" {
			t.Errorf("%s: %d, %s", path, answer.Code, answer.Body)
		}
	}
}

func TestEchoServesBothRoutes(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.says(decisions, challenge)
	h, e := hostOf(t, s), echo.New()
	e.Any("/login/*", echo.WrapHandler(h))
	if answer := post(e, "/login/ticket", ""); answer.Code != 200 || read(t, answer)["ticket"] != "t1" {
		t.Errorf("ticket: %d, %s", answer.Code, answer.Body)
	}
	if answer := post(e, "/login/second-step", "", "Step-Up-Token", s.token(t, nil)); answer.Code != 204 || len(h.opened) != 1 {
		t.Errorf("second-step: %d", answer.Code)
	}
}
