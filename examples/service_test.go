package examples_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

func TestMain(m *testing.M) { os.Exit(process.Main(m)) }

// issuer is what tokens name; hosts reach the service elsewhere.
const issuer = "https://2fa.example.com"

// service is a running Countersign on SQLite.
type service struct {
	t    *testing.T
	dir  string
	url  string
	made sync.Mutex
}

var settings = []string{"COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_ISSUER=" + issuer, "COUNTERSIGN_SHUTDOWN_DELAY=0s"}

func serve(t *testing.T, more ...string) *service {
	t.Helper()
	s := &service{t: t, dir: t.TempDir()}
	running, _ := processtest.Start(t, process.Command(context.Background(), s.dir, slices.Concat(settings, more), processtest.Binary(t), "serve"))
	s.url = "http://" + processtest.Ready(t, running)
	return s
}

// tenant makes one and returns its service key.
func (s *service) tenant(t *testing.T, name string, flags ...string) string {
	t.Helper()
	s.made.Lock()
	defer s.made.Unlock()
	out, err := process.Command(t.Context(), s.dir, settings, processtest.Binary(t), append([]string{"tenant", "create", name, "--output", "json"}, flags...)...).Output()
	var created struct {
		Key string `json:"api_key"`
	}
	if err == nil {
		err = json.Unmarshal(out, &created)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return created.Key
}

// caller calls the service with one credential.
type caller struct {
	t           *testing.T
	url, bearer string
}

func (c caller) call(method, path string, body object) object {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.bearer)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var got object
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 || len(said) > 0 && json.Unmarshal(said, &got) != nil {
		c.t.Fatalf("%s %s: %d, %s, %v", method, path, answer.StatusCode, said, err)
	}
	return got
}

// enroll gives a user an authenticator app.
func (c caller) enroll(user string) {
	c.t.Helper()
	begun := c.call("POST", "/v1/users/"+user+"/factors", object{"type": "totp"})
	shown := c.call("GET", "/v1/sandbox/users/"+user+"/code", nil)
	c.call("POST", "/v1/users/"+user+"/factors/"+begun["factor_id"].(string)+"/confirm", object{"codes": []any{shown["previous"], shown["code"]}})
}

// prove earns the token of a login with its ticket, by a code that was not used before.
func (c caller) prove(user, ticket string) string {
	c.t.Helper()
	c.call("POST", "/v1/sandbox/clock", object{"advance_seconds": 30})
	shown := c.call("GET", "/v1/sandbox/users/"+user+"/code", nil)
	proven := caller{c.t, c.url, ticket}.call("POST", "/v1/users/"+user+"/verify", object{"code": shown["next"]})
	return proven["step_up_token"].(string)
}

// folder is an empty one with these files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
