package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// The browser tests click through the rest; these hold what a browser cannot
// see.

func TestEveryAccountHasThePasswordThatIsPrinted(t *testing.T) {
	t.Parallel()
	d, err := readUsers()
	if err != nil || len(d.all) != 8 {
		t.Fatalf("%d users, %v", len(d.all), err)
	}
	salts := map[string]bool{}
	for _, u := range d.all {
		if !u.Password.matches("correct horse") || u.Password.matches("wrong horse") || u.Password.rounds != rounds {
			t.Errorf("%s has another password", u.Username)
		}
		salts[string(u.Password.salt)] = true
	}
	if len(salts) != len(d.all) {
		t.Error("two passwords share a salt")
	}
}

func TestAHashIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(derive("secret", []byte("a salt of sixteen")))
	var back hash
	if err != nil || json.Unmarshal(text, &back) != nil || !back.matches("secret") || back.matches("Secret") {
		t.Errorf("%s became %v, %v", text, back, err)
	}
	for _, broken := range []string{"", "secret", "md5$1$AA$AA", "pbkdf2-sha256$x$AA$AA", "pbkdf2-sha256$1$AA$AA", "pbkdf2-sha256$1$?$?"} {
		if (&hash{}).UnmarshalText([]byte(broken)) == nil {
			t.Errorf("%q was taken for a hash", broken)
		}
	}
}

// nowhere is a host whose Countersign does not answer.
func nowhere(t *testing.T) *app {
	t.Helper()
	return before(t, "http://127.0.0.1:1")
}

// before is a host in front of a service.
func before(t *testing.T, service string) *app {
	t.Helper()
	folder := t.TempDir()
	for _, scope := range []string{"login", "admin", "directory"} {
		if err := os.WriteFile(filepath.Join(folder, scope+".key"), []byte("csk_ledger_x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := newApp(config{service: service, tenant: "ledger", keys: folder})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestWithoutCountersignThePasswordOpensNothing(t *testing.T) {
	t.Parallel()
	a := nowhere(t)
	handler := a.handler()
	answer := httptest.NewRecorder()
	form := url.Values{"username": {"ben"}, "password": {"correct horse"}}
	request := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	handler.ServeHTTP(answer, request)
	cookie := answer.Result().Cookies()[0]
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{http.MethodPost, "/login/ticket", http.StatusServiceUnavailable},
		{http.MethodPost, "/login/second-step", http.StatusForbidden}, // there is no token
		{http.MethodPost, "/tickets/account", http.StatusUnauthorized},
		{http.MethodGet, "/", http.StatusSeeOther},
		{http.MethodGet, "/security", http.StatusSeeOther},
	} {
		answer, request := httptest.NewRecorder(), httptest.NewRequest(test.method, test.path, nil)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		request.AddCookie(cookie)
		handler.ServeHTTP(answer, request)
		if answer.Code != test.want {
			t.Errorf("%s: %d, want %d", test.path, answer.Code, test.want)
		}
	}
	post := httptest.NewRequest(http.MethodPost, "/payments/p-1042/approve", nil)
	post.AddCookie(cookie)
	refused := httptest.NewRecorder()
	handler.ServeHTTP(refused, post)
	if p, _ := a.payments.find("p-1042"); refused.Code != http.StatusUnauthorized || p.ApprovedBy != "" {
		t.Errorf("a payment: %d, %+v", refused.Code, p)
	}
}

func TestALoginOffersToRememberWhereTheDecisionSaysSoAndAsksForNothingElse(t *testing.T) {
	t.Parallel()
	for days, want := range map[string]string{`,"remember_browser_days":30`: `"remember_browser_days":30`, "": ""} {
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/decisions" {
				t.Errorf("the login asks for %s", r.URL.Path)
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"decision":"challenge","ticket":"t"`+days+`}`)
		}))
		t.Cleanup(service.Close)
		a := before(t, service.URL)
		a.sessions.all["c"] = session{id: "s", user: a.users.all[0], expires: time.Now().Add(time.Minute)}
		request := httptest.NewRequest(http.MethodPost, "/login/ticket", nil)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		request.AddCookie(&http.Cookie{Name: a.cookie(), Value: "c"})
		answer := httptest.NewRecorder()
		a.handler().ServeHTTP(answer, request)
		told := answer.Body.String()
		if answer.Code != http.StatusOK || strings.Contains(told, "remember_browser_days") != (want != "") || !strings.Contains(told, want) {
			t.Errorf("with %q the screen is told %d, %s", days, answer.Code, told)
		}
	}
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	a := nowhere(t)
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.AddCookie(&http.Cookie{Name: a.cookie(), Value: "c"})
	s := session{id: "s", user: a.users.all[0], open: true, expires: time.Now().Add(time.Minute)}
	a.sessions.all["c"] = s
	if _, known := a.of(request); !known {
		t.Error("a session is not known")
	}
	s.expires = time.Now().Add(-time.Second)
	a.sessions.all["c"] = s
	if _, known := a.of(request); known {
		t.Error("a session did not end")
	}
}

func TestRolesReachWhatIsBelowThem(t *testing.T) {
	t.Parallel()
	for i, role := range ranks {
		for j, other := range ranks {
			if got := (user{Role: role}).Reaches(other); got != (i >= j) {
				t.Errorf("%s reaches %s: %v", role, other, got)
			}
		}
	}
	if (user{Role: countersign.Role("")}).ManagesUsers() {
		t.Error("no role manages users")
	}
}

func TestATourIsGivenInASandboxAlone(t *testing.T) {
	t.Parallel()
	if _, err := newApp(config{service: "http://127.0.0.1:1", tenant: "ledger", showTour: true}); err == nil || !strings.Contains(err.Error(), "-sandbox") {
		t.Errorf("outside a sandbox: %v", err)
	}
	handler := nowhere(t).handler()
	for _, path := range []string{"/tour", "/tour/steps/own", "/tour/codes", "/tour/codes.json", "/tour/clock"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
			if answer.Code != http.StatusNotFound && answer.Code != http.StatusMethodNotAllowed {
				t.Errorf("without -tour, %s %s: %d", method, path, answer.Code)
			}
		}
	}
}

func TestEveryStepOfTheTourLeadsSomebodySomewhere(t *testing.T) {
	t.Parallel()
	a := nowhere(t)
	var err error
	if a.tour, err = readTour(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range a.tour {
		for _, s := range c.Steps {
			u, err := a.users.named(s.As)
			if err != nil || !u.Active {
				t.Errorf("%s: %q is nobody who can log in", s.ID, s.As)
			}
			if s.Title == "" || s.Promise == "" || s.How == "" || !strings.HasPrefix(s.Path, "/") || seen[s.ID] {
				t.Errorf("a step is not whole, or there twice: %+v", s)
			}
			if found := a.findStep(s.ID); found == nil || found.Promise != s.Promise {
				t.Errorf("%s is not found", s.ID)
			}
			seen[s.ID] = true
		}
	}
	if len(seen) < 25 || a.findStep("") != nil || a.findStep("https://elsewhere.example/") != nil {
		t.Errorf("%d steps, or one that nobody wrote", len(seen))
	}
}

func TestACodeLastsUntilTheNextOne(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 2, 3, 8, 0, 0, 0, time.UTC)
	for ahead, want := range map[time.Duration]int{
		time.Second: 1, 1500 * time.Millisecond: 2, 30 * time.Second: 30, 2*time.Minute + 12*time.Second: 12, 2*time.Minute + 30*time.Second: 30,
	} {
		if got := untilNext(now.Add(ahead), now); got != want {
			t.Errorf("%v ahead: %d seconds, want %d", ahead, got, want)
		}
	}
}
