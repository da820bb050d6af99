package secondstep_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/countersign/countersign/clients/go/secondstep"
)

func checkPassword(name, password string) (userID string, right bool) {
	return "u1", name == "ada" && password == "correct horse"
}

// visit sends what a browser with this cookie sends, and returns the cookie that it
// keeps.
func visit(host http.Handler, method, path, body, cookie string, headers ...string) (*httptest.ResponseRecorder, string) {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if cookie != "" {
		request.Header.Set("Cookie", "session="+cookie)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	host.ServeHTTP(answer, request)
	for _, set := range answer.Result().Cookies() {
		cookie = set.Value
	}
	return answer, cookie
}

func TestTheHostOfTheREADMELogsInByPasswordAndProof(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.says(decisions, challenge)
	host, err := newHost(s.URL, "csk_acme_x")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"username": {"ada"}, "password": {"correct horse"}}.Encode()
	_, halfway := visit(host, http.MethodPost, "/login", form, "")
	if page, _ := visit(host, http.MethodGet, "/login/code", "", halfway); !strings.Contains(page.Body.String(), s.URL+"/ui/challenge.js") {
		t.Errorf("the page is %s", page.Body)
	}
	if home, _ := visit(host, http.MethodGet, "/", "", halfway); home.Code != http.StatusSeeOther {
		t.Errorf("halfway, home is %d", home.Code)
	}
	if ticket, _ := visit(host, http.MethodPost, "/login/ticket", "{}", halfway); ticket.Code != http.StatusOK {
		t.Fatalf("ticket: %d, %s", ticket.Code, ticket.Body)
	}
	pendingLogin, _ := sessionOf(&http.Request{Header: http.Header{"Cookie": {"session=" + halfway}}})
	proven, inside := visit(host, http.MethodPost, "/login/second-step", "{}", halfway,
		"Step-Up-Token", s.token(t, jwt.MapClaims{"session_id": pendingLogin.id}))
	if proven.Code != http.StatusNoContent || inside == halfway {
		t.Fatalf("proof: %d, the cookie is another one: %v", proven.Code, inside != halfway)
	}
	if home, _ := visit(host, http.MethodGet, "/", "", inside); home.Body.String() != "Welcome, u1\n" {
		t.Errorf("home is %d, %s", home.Code, home.Body)
	}
	if again, _ := visit(host, http.MethodGet, "/", "", halfway); again.Code != http.StatusSeeOther {
		t.Errorf("the cookie before opens it too: %d", again.Code)
	}
}

func TestTheTicketsOfTheREADMEAreThoseOfEachPage(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.says(decisions, challenge)
	s.says("/v1/users/u1/tickets", `{"ticket":"t1"}`)
	userOf := func(*http.Request) (secondstep.Login, bool) {
		return secondstep.Login{UserID: "u1", SessionID: "s1"}, true
	}
	memberOf := func(*http.Request) (secondstep.Login, bool) {
		return secondstep.Login{UserID: "u1", SessionID: "s1"}, false
	}
	mux := http.NewServeMux()
	ticketRoutes(mux, s.client(t), s.client(t), userOf, memberOf)
	for path, want := range map[string]int{"/tickets/account": 200, "/tickets/admin": 403, "/payments/1/ticket": 200} {
		if answer := post(mux, path, ""); answer.Code != want {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}

// shown is a sample as its file has it, after the imports, and whether the README
// shows it so.
func shown(t *testing.T, file string) (sample string, same bool) {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	source, missing := os.ReadFile(file)
	if err != nil || missing != nil {
		t.Fatal(err, missing)
	}
	_, sample, _ = strings.Cut(string(source), "\n)\n\n")
	return sample, strings.Contains(string(readme), sample+"```\n")
}

func TestTheSamplesOfTheREADMEAreThoseThatAreTested(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"example_test.go", "example_tickets_test.go"} {
		if _, same := shown(t, file); !same {
			t.Errorf("clients/go/README.md shows something else than %s has; make them the same", file)
		}
	}
	sample, _ := shown(t, "example_test.go")
	_, step, _ := strings.Cut(sample, "// The second step:\n")
	step, _, _ = strings.Cut(step, "const codePage")
	lines := 0
	for line := range strings.Lines(step) {
		if strings.Trim(line, " \t\n})") != "" {
			lines++
		}
	}
	if lines > 10 {
		t.Errorf("the second step takes %d lines of a host; we promise ten", lines)
	}
}
