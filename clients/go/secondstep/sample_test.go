package secondstep_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
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

func TestTheHostOfTheREADMEIsTheOneThatIsTested(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	source, missing := os.ReadFile("example_test.go")
	_, sample, _ := strings.Cut(string(source), "\n)\n\n")
	if err != nil || missing != nil || !strings.Contains(string(readme), "```go\n"+sample+"```\n") {
		t.Error("clients/go/README.md shows another host than example_test.go has; make them the same")
	}
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
