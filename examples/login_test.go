package examples_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// stage is a host of one language before a service, and the forge that its keys are of.
type stage struct {
	installed
	*front
	host
	tenant string
	key    signingKey // published among those of sandboxes
	caller
}

// TestHostsInOtherLanguages shows what the hosts that are written by hand hold.
func TestHostsInOtherLanguages(t *testing.T) {
	t.Parallel()
	service := serve(t)
	for name, language := range languages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := language.stage(t, service, name)
			t.Run("a login takes the password and a proof, and gets another cookie", s.logsIn)
			t.Run("both routes take POST of a page of their own alone", s.takesItsOwnPages)
			t.Run("nothing but allow opens a session without a proof", s.opensForAllowAlone)
			t.Run("a proof is good for the user and the session it was made in", s.bindsToTheLogin)
			t.Run("forged tokens open nothing", s.refusesForged)
			t.Run("wrong claims open nothing", s.refusesWrongClaims)
			t.Run("unknown keys are asked for once a minute", s.fetchesRarely)
			t.Run("sandboxes are trusted where that is asked for alone, and keys once they are published", s.trustsItsOwnKeys)
		})
	}
}

func (l language) stage(t *testing.T, service *service, tenant string) *stage {
	t.Helper()
	f := newFront(t)
	f.leadsTo(t, service.url)
	s := &stage{front: f, tenant: tenant, key: p256(t)}
	f.sandbox.set(s.key)
	s.caller = caller{t, service.url, service.tenant(t, tenant, "--sandbox")}
	s.installed = l.install(t, s.bearer)
	s.host = s.start(t, "--countersign", f.URL, "--tenant", tenant, "--sandbox")
	s.enroll("ada") // whom the host has mirrored
	return s
}

// asks has the host ask for a ticket, and returns its session too.
func (s *stage) asks(t *testing.T, b *browser) (ticket, session string) {
	t.Helper()
	var given struct {
		Outcome, Ticket string
		UserID          string `json:"user_id"`
	}
	got := b.send("POST", "/login/ticket", "{}")
	if err := json.Unmarshal([]byte(got.text), &given); err != nil || got.status != http.StatusOK || given.Outcome != "challenge" || given.UserID != "ada" {
		t.Fatalf("ticket: %d, %s\n%s", got.status, got.text, s.log)
	}
	session, _ = claimsOf(t, given.Ticket)["session_id"].(string)
	if session == "" || session == b.cookie {
		t.Fatalf("the ticket is for session %q", session)
	}
	return given.Ticket, session
}

// claims are those of a good token for a session of ada's.
func (s *stage) claims(session string) object {
	now := time.Now().Unix()
	return object{
		"iss": issuer + "/" + s.tenant, "aud": s.tenant, "sub": "ada", "tid": s.tenant, "client_id": "key_1",
		"iat": now, "nbf": now, "exp": now + 300, "auth_time": now, "acr": "urn:countersign:acr:aal2",
		"amr": []string{"pwd", "otp", "mfa"}, "jti": "sut_1", "method": "totp", "session_id": session,
	}
}

func (s *stage) logsIn(t *testing.T) {
	b := &browser{t: t, host: s.host}
	for _, wrong := range []string{"username=ada&password=wrong", "username=eve&password=correct+horse", "username=%zz&password=wrong", ""} {
		if got := b.send("POST", "/login", wrong); got.status != http.StatusUnauthorized || b.cookie != "" {
			t.Errorf("%q: %d", wrong, got.status)
		}
	}
	b = s.password(t, "ada")
	page := b.send("GET", "/login/code", "")
	for _, part := range []string{s.front.URL + `/ui/challenge.js`, `<countersign-challenge tickets="/login/ticket" proof="/login/second-step" next="/" autofocus>`} {
		if !strings.Contains(page.text, part) {
			t.Errorf("the page has no %s: %s", part, page.text)
		}
	}
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src "+s.front.URL) || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's policy is %q", policy)
	}
	ticket, _ := s.asks(t, b)
	if b.isIn("ada") {
		t.Fatal("the password alone opens the session")
	}
	halfway, token := b.cookie, s.prove("ada", ticket)
	if got := b.proves(token); got.status != http.StatusNoContent || b.cookie == halfway || got.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("proof: %d, another cookie: %v\n%s", got.status, b.cookie != halfway, s.log)
	}
	if !b.isIn("ada") {
		t.Error("the proof opens no session")
	}
	before := &browser{t: t, host: s.host, cookie: halfway}
	if before.isIn("ada") {
		t.Error("the cookie of before the proof opens the session too")
	}
	for name, again := range map[string]*browser{"the same login": before, "the open session": b} {
		if got := again.proves(token); got.status != http.StatusUnauthorized {
			t.Errorf("the proof again in %s: %d", name, got.status)
		}
	}
	if got := s.password(t, "ada").proves(token); got.status != http.StatusForbidden {
		t.Errorf("the proof again in another login: %d", got.status)
	}
	if got := b.send("POST", "/logout", ""); got.status != http.StatusSeeOther || b.isIn("ada") {
		t.Errorf("after the logout, %d, the session is open: %v", got.status, b.isIn("ada"))
	}
}

func (s *stage) takesItsOwnPages(t *testing.T) {
	b := s.password(t, "ada")
	_, session := s.asks(t, b)
	token := s.key.token(s.claims(session))
	for _, path := range []string{"/login/ticket", "/login/second-step"} {
		for name, headers := range map[string][]string{
			"another site":             {"Sec-Fetch-Site", "cross-site", "Origin", s.host.url},
			"a neighbour":              {"Sec-Fetch-Site", "same-site", "Origin", s.host.url},
			"typed":                    {"Sec-Fetch-Site", "none"},
			"no header at all":         {"Sec-Fetch-Site", ""},
			"another origin, no other": {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
			"null":                     {"Sec-Fetch-Site", "", "Origin", "null"},
		} {
			if got := b.send("POST", path, "{}", append(headers, "Step-Up-Token", token)...); got.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", path, name, got.status)
			}
		}
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			if got := b.send(method, path, "", "Step-Up-Token", token); got.status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, got.status)
			}
		}
		nobody := &browser{t: t, host: s.host}
		if got := nobody.send("POST", path, "{}", "Step-Up-Token", token); got.status != http.StatusUnauthorized {
			t.Errorf("%s of nobody: %d", path, got.status)
		}
	}
	if b.isIn("ada") {
		t.Fatal("one of these opened the session")
	}
	if got := b.send("POST", "/login/second-step", "{}", "Sec-Fetch-Site", "", "Origin", s.host.url, "Step-Up-Token", token); got.status != http.StatusNoContent {
		t.Errorf("with its own Origin: %d", got.status)
	}
}

func (s *stage) opensForAllowAlone(t *testing.T) {
	b := s.password(t, "ada")
	for name, test := range map[string]struct {
		status int
		body   string
		want   int
	}{
		"deny":                        {200, `{"decision":"deny","reason":"inactive"}`, 403},
		"an outcome of tomorrow":      {200, `{"decision":"allow_once","ticket":"x"}`, 503},
		"no outcome":                  {200, `{"ticket":"x"}`, 503},
		"a list":                      {200, `["allow"]`, 503},
		"no JSON":                     {200, `{"decision":"allow"`, 503},
		"nothing":                     {200, ``, 503},
		"challenge without a ticket":  {200, `{"decision":"challenge"}`, 503},
		"challenge, an empty one":     {200, `{"decision":"challenge","ticket":""}`, 503},
		"enroll, a number for ticket": {200, `{"decision":"enroll","ticket":7}`, 503},
		"allow in a list":             {200, `{"decision":["allow"]}`, 503},
		"a redirect":                  {302, `{"decision":"allow"}`, 503},
		"refused":                     {401, `{"decision":"allow"}`, 503},
		"broken":                      {500, `{"decision":"allow"}`, 503},
	} {
		answer := func(w http.ResponseWriter) {
			w.Header().Set("Location", "/")
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		}
		s.decision.Store(&answer)
		if got := b.send("POST", "/login/ticket", "{}"); got.status != test.want || b.isIn("ada") {
			t.Errorf("%s: %d %s, in: %v", name, got.status, got.text, b.isIn("ada"))
		}
	}
	s.decision.Store(nil)
	b = s.password(t, "ben") // who has no second factor
	before := b.cookie
	if got := b.send("POST", "/login/ticket", "{}"); got.status != 200 || !strings.Contains(got.text, `"allow"`) || b.cookie == before || !b.isIn("ben") {
		t.Errorf("allow: %d %s, in: %v", got.status, got.text, b.isIn("ben"))
	}
	s.call("PUT", "/v1/users/ben", object{"username": "ben", "auth_source": "local", "role": "member", "active": false})
	if got := s.password(t, "ben").send("POST", "/login/ticket", "{}"); got.status != 403 {
		t.Errorf("a user who was deactivated: %d", got.status)
	}
}
