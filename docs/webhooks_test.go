package docs_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

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

// judges checks that a receiver takes what is signed, and nothing else.
func (i installation) judges(id, url string) {
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
	for _, signature := range []string{"", "v1,", "v1,AAAA", "v0,AAAA v1,é"} {
		request, err := http.NewRequestWithContext(i.Context(), http.MethodPost, url, strings.NewReader("{}"))
		if err != nil {
			i.Fatal(err)
		}
		request.Header.Set("webhook-id", "a")
		request.Header.Set("webhook-timestamp", "1614265330")
		request.Header.Set("webhook-signature", signature)
		answer, err := http.DefaultClient.Do(request)
		if err != nil || answer.StatusCode != 400 {
			i.Errorf("%q: %v, %v", signature, answer, err)
			continue
		}
		answer.Body.Close()
	}
}

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
	mu.Lock()
	handler = receiver(secret, func(id string, event []byte) error {
		kept = append(kept, string(event))
		return nil
	})
	mu.Unlock()
	i.judges(id, server.URL)
	mu.Lock()
	defer mu.Unlock()
	if len(kept) != 2 || !strings.Contains(kept[0], `"type":"webhook.test"`) {
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
	i.judges(id, url)
	if lines := strings.Split(strings.TrimSpace(kept.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], `"type":"webhook.test"`) {
		t.Errorf("kept %q", lines)
	}
}
