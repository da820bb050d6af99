package docs_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

const webhooksPage = "docs/webhooks.md"

// block is the only one of a language in the page.
func block(t *testing.T, language string) string {
	t.Helper()
	var found []string
	for _, f := range readPage(t, webhooksPage).fences {
		if f.language == language {
			found = append(found, f.body)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d blocks of %s", len(found), language)
	}
	return found[0]
}

func TestTheReceiversOfTheDocumentAreThoseThatAreTested(t *testing.T) {
	t.Parallel()
	for language, file := range map[string]string{"go": "docs/webhook_receiver_test.go", "js": "clients/typescript/test/webhook-receiver.js"} {
		if !strings.HasSuffix(readFile(t, file), block(t, language)) {
			t.Errorf("%s does not end with the block of %s", file, language)
		}
	}
}

// installation is a database beside which commands run.
type installation struct {
	*testing.T
	dir string
}

func (i installation) run(words ...string) (string, error) {
	command := process.Command(context.Background(), i.dir, []string{"COUNTERSIGN_WEBHOOK_ALLOW=127.0.0.1"}, processtest.Binary(i.T), words...)
	text, err := command.CombinedOutput()
	return string(text), err
}

func (i installation) must(words ...string) string {
	i.Helper()
	text, err := i.run(words...)
	if err != nil {
		i.Fatalf("%v: %v\n%s", words, err, text)
	}
	return text
}

// webhook makes one, and returns its id and its secret.
func (i installation) webhook(url string) (id, secret string) {
	i.Helper()
	for line := range strings.Lines(i.must("webhook", "create", "acme", "--url", url)) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "webhook":
			id = strings.TrimSpace(value)
		case "secret":
			secret = strings.TrimSpace(value)
		}
	}
	return id, secret
}

func newInstallation(t *testing.T) installation {
	i := installation{t, t.TempDir()}
	i.must("tenant", "create", "acme")
	return i
}

// judges checks that a receiver of the secret takes what is signed, and nothing else.
func (i installation) judges(id, url, secret string) {
	i.Helper()
	if text := i.must("webhook", "test", id); text != "The receiver took it and answered 204.\n" {
		i.Errorf("the test says %q", text)
	}
	i.must("webhook", "rotate-secret", id) // the secret of before signs too
	i.must("webhook", "test", id)
	i.must("webhook", "rotate-secret", id) // it does no more
	if text, err := i.run("webhook", "test", id); err == nil || !strings.Contains(text, "answered 400") {
		i.Errorf("another secret: %v, %s", err, text)
	}
	now := time.Now()
	right := request{"a", now, "{}", sign(secret, "a", now, "{}")}
	old, early := now.Add(-6*time.Minute), now.Add(6*time.Minute)
	for what, test := range map[string]struct {
		request
		want int
	}{
		"right":                 {right, 204},
		"one of several":        {right.signed("v1,AAAA v2,AAAA " + right.signature), 204},
		"no signature":          {right.signed(""), 400},
		"no text of one":        {right.signed("v1,"), 400},
		"a wrong one":           {right.signed("v1,AAAA"), 400},
		"no ASCII":              {right.signed("v0,AAAA v1,é"), 400},
		"without its version":   {right.signed(strings.TrimPrefix(right.signature, "v1,")), 400},
		"of an empty secret":    {right.signed(sign("", "a", now, "{}")), 400},
		"of another secret":     {right.signed(sign("whsec_"+strings.Repeat("A", 44), "a", now, "{}")), 400},
		"another body":          {request{"a", now, "{ }", right.signature}, 400},
		"another id":            {request{"b", now, "{}", right.signature}, 400},
		"another time":          {request{"a", now.Add(time.Second), "{}", right.signature}, 400},
		"old":                   {request{"a", old, "{}", sign(secret, "a", old, "{}")}, 400},
		"early":                 {request{"a", early, "{}", sign(secret, "a", early, "{}")}, 400},
		"longer than any event": {request{"a", now, strings.Repeat(" ", 1<<20), sign(secret, "a", now, strings.Repeat(" ", 1<<20))}, 400},
	} {
		if got := test.request.post(i, url); got != test.want {
			i.Errorf("%s: %d, want %d", what, got, test.want)
		}
	}
}

// request is one that a receiver judges.
type request struct {
	id        string
	at        time.Time
	body      string
	signature string
}

func (r request) signed(signature string) request {
	r.signature = signature
	return r
}

// post returns the status, or 400 where the receiver hangs up on what is too long.
func (r request) post(i installation, url string) int {
	i.Helper()
	request, err := http.NewRequestWithContext(i.Context(), http.MethodPost, url, strings.NewReader(r.body))
	if err != nil {
		i.Fatal(err)
	}
	request.Header.Set("webhook-id", r.id)
	request.Header.Set("webhook-timestamp", strconv.FormatInt(r.at.Unix(), 10))
	request.Header.Set("webhook-signature", r.signature)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		if len(r.body) < 1<<16 {
			i.Error(err)
		}
		return 400
	}
	answer.Body.Close()
	return answer.StatusCode
}

// sign is the signature by a secret.
func sign(secret, id string, at time.Time, body string) string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// noSecrets are what nobody signs with, and everybody could.
var noSecrets = []string{"", "whsec_", "whsec_AAAA"}

func TestTheReceiverInGoTakesWhatAWebhookSendsAndNothingElse(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	var mu sync.Mutex
	handler := http.NotFoundHandler()
	var kept []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	id, secret := i.webhook(server.URL)
	take := func(id string, event []byte) error {
		kept = append(kept, string(event))
		return nil
	}
	taking, err := receiver(secret, take)
	if err != nil {
		t.Fatal(err)
	}
	for _, none := range noSecrets {
		if _, err := receiver(none, take); err == nil {
			t.Errorf("%q is a secret", none)
		}
	}
	mu.Lock()
	handler = taking
	mu.Unlock()
	i.judges(id, server.URL, secret)
	mu.Lock()
	defer mu.Unlock()
	if len(kept) != 4 || !strings.Contains(kept[0], `"type":"webhook.test"`) {
		t.Errorf("kept %q", kept)
	}
}

func TestTheReceiverInPythonTakesWhatAWebhookSendsAndNothingElse(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("install Debian's package python3")
	}
	i := newInstallation(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	url := "http://" + address
	id, secret := i.webhook(url)
	file := filepath.Join(t.TempDir(), "receiver.py")
	if err := os.WriteFile(file, []byte(block(t, "python")), 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	var kept process.Record
	command := exec.CommandContext(t.Context(), python, file)
	command.Env = append(os.Environ(), "WEBHOOK_SECRET="+secret, "PORT="+port)
	command.Stdout = &kept
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = command.Process.Kill(); _ = command.Wait() }()
	apptest.Eventually(t, "the receiver listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	// Who says nothing, and who says nonsense, keeps nobody waiting.
	silent, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, length := range []string{"-1", "x", "99999999999", ""} {
		if answer := saidBy(t, address, "POST / HTTP/1.0\r\nContent-Length: "+length+"\r\n\r\n"); !strings.Contains(answer, " 400 ") {
			t.Errorf("a length of %q: %q", length, answer)
		}
	}
	i.judges(id, url, secret)
	for _, none := range noSecrets {
		command := exec.CommandContext(t.Context(), python, file)
		command.Env = append(os.Environ(), "WEBHOOK_SECRET="+none, "PORT=0")
		if said, err := command.CombinedOutput(); err == nil || !strings.Contains(string(said), "WEBHOOK_SECRET is") {
			t.Errorf("with the secret %q it says %s", none, said)
		}
	}
	if lines := strings.Split(strings.TrimSpace(kept.String()), "\n"); len(lines) != 4 || !strings.Contains(lines[0], `"type":"webhook.test"`) {
		t.Errorf("kept %q", lines)
	}
}

// saidBy is what comes back of a request, the connection of which stays open.
func saidBy(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Error(err)
	}
	return answer
}
