package e2e_test

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	text   string
	body   map[string]any
}

// curl sends one request. Nothing is sent as the body when it is empty.
func curl(t *testing.T, bearer, method, url, body string, more ...string) answer {
	t.Helper()
	args := []string{"-sS", "--noproxy", "*", "--max-time", "30", "-X", method, "-w", "\n%{http_code}"}
	if bearer != "" {
		args = append(args, "-H", "Authorization: Bearer "+bearer)
	}
	if body != "" {
		args = append(args, "-H", "Content-Type: application/json", "--data-binary", body)
	}
	text := output(t, exec.Command(tool(t, "curl", "curl"), append(append(args, more...), url)...))
	end := strings.LastIndexByte(text, '\n')
	status, err := strconv.Atoi(text[end+1:])
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	a := answer{t: t, status: status, text: strings.TrimSpace(text[:end])}
	_ = json.Unmarshal([]byte(a.text), &a.body) // not every answer is JSON
	return a
}

// must fails the test unless the status is the expected one.
func (a answer) must(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.text)
	}
	return a
}

// refused fails the test unless the answer is this problem.
func (a answer) refused(status int, code string) {
	a.t.Helper()
	if a.must(status).get("code") != code {
		a.t.Fatalf("refused with %s, want %s", a.text, code)
	}
}

// get returns a member as text.
func (a answer) get(name string) string {
	a.t.Helper()
	switch value := a.body[name].(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(value)
	}
	a.t.Fatalf("no %q in %s", name, a.text)
	return ""
}

// part returns a member that is an object, as an answer of its own.
func (a answer) part(name string) answer {
	a.t.Helper()
	object, ok := a.body[name].(map[string]any)
	if !ok {
		a.t.Fatalf("no object %q in %s", name, a.text)
	}
	return answer{t: a.t, status: a.status, text: a.text, body: object}
}

// list returns a member that is a list of texts.
func (a answer) list(name string) []string {
	a.t.Helper()
	items, ok := a.body[name].([]any)
	if !ok {
		a.t.Fatalf("no list %q in %s", name, a.text)
	}
	var texts []string
	for _, item := range items {
		text, ok := item.(string)
		if !ok {
			a.t.Fatalf("%q holds more than texts: %s", name, a.text)
		}
		texts = append(texts, text)
	}
	return texts
}

// host is the backend of a host application: a server and a credential.
type host struct {
	*server
	bearer string
}

func (h host) call(t *testing.T, method, path, body string, more ...string) answer {
	t.Helper()
	return curl(t, h.bearer, method, h.url+path, body, more...)
}

// as is the same server with another credential.
func (h host) as(bearer string) host { return host{h.server, bearer} }

func (h host) putUser(t *testing.T, id string) {
	t.Helper()
	h.call(t, "PUT", "/v1/users/"+id, `{"username":"`+id+`","auth_source":"local","role":"member","active":true}`).must(201)
}

// enroll makes a user with a phone, confirmed by the codes of the step before
// and of now, and returns the phone and the recovery codes. The phone's next
// code is the first that can log in, and inside the window at once.
func (h host) enroll(t *testing.T, id string) (phone, []string) {
	t.Helper()
	h.putUser(t, id)
	begun := h.call(t, "POST", "/v1/users/"+id+"/factors", `{"type":"totp"}`).must(201)
	p := newPhone(t, begun.part("totp").get("secret"))
	confirmed := h.call(t, "POST", "/v1/users/"+id+"/factors/"+begun.get("factor_id")+"/confirm",
		codes(p.code(-1), p.code(0))).must(200)
	return p, confirmed.list("recovery_codes")
}

func codes(first, second string) string {
	return `{"codes":["` + first + `","` + second + `"]}`
}

func code(text string) string { return `{"code":"` + text + `"}` }

func (h host) verify(t *testing.T, id, body string) answer {
	t.Helper()
	return h.call(t, "POST", "/v1/users/"+id+"/verify", body)
}
