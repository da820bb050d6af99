package countersign_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

// binaryVariable names a built countersign; without it the one of the
// surrounding repository is built, once per process.
const binaryVariable = "COUNTERSIGN_TEST_BINARY"

// issuer is what tokens name; the service listens elsewhere.
const issuer = "https://2fa.example.com"

var buildDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

// executable is the service's command. This module does not depend on the service:
// it meets it as a host does, over HTTP.
var executable = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(binaryVariable); path != "" {
		return filepath.Abs(path)
	}
	var err error
	if buildDir, err = os.MkdirTemp("", "countersign-client-"); err != nil {
		return "", err
	}
	path := filepath.Join(buildDir, "countersign")
	build := exec.Command("go", "build", "-C", "../..", "-o", path, "./cmd/countersign")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building countersign, which takes the whole repository, or %s: %w\n%s", binaryVariable, err, out)
	}
	return path, nil
})

// site is a service that runs on SQLite.
type site struct {
	t      *testing.T
	dir    string
	binary string
	url    string
	stop   func()
}

var serving = regexp.MustCompile(`"msg":"serving","addr":"([^"]+)"`)

// record keeps what a process writes, for whoever reads meanwhile.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// serve starts the service and waits until it is ready. It ends with the test.
func serve(t *testing.T) *site {
	t.Helper()
	path, err := executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, dir: t.TempDir(), binary: path}
	log := &record{}
	process := s.command("serve")
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	s.stop = sync.OnceFunc(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	t.Cleanup(s.stop)
	eventually(t, func() error {
		found := serving.FindStringSubmatch(log.String())
		if found == nil {
			return fmt.Errorf("the service names no address:\n%s", log)
		}
		s.url = "http://" + found[1]
		answer, err := http.Get(s.url + "/readyz")
		if err == nil && answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("not ready: %d", answer.StatusCode)
		}
		return err
	})
	return s
}

func (s *site) command(args ...string) *exec.Cmd {
	command := exec.Command(s.binary, args...)
	command.Dir = s.dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir,
		"COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_ISSUER=" + issuer, "COUNTERSIGN_SHUTDOWN_DELAY=0s",
	}
	return command
}

// run carries out a command beside the running service.
func (s *site) run(args ...string) []byte {
	s.t.Helper()
	command := s.command(args...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		s.t.Fatalf("countersign %v: %v\n%s", args, err, stderr.String())
	}
	return out
}

// tenant makes a tenant and returns a client with its service key.
func (s *site) tenant(name string, flags ...string) *countersign.Client {
	s.t.Helper()
	return must(countersign.New(s.url, s.serviceKey(name, flags...)))(s.t)
}

func (s *site) serviceKey(name string, flags ...string) string {
	s.t.Helper()
	var made struct {
		APIKey string `json:"api_key"`
	}
	args := append([]string{"tenant", "create", name, "--output", "json"}, flags...)
	if err := json.Unmarshal(s.run(args...), &made); err != nil {
		s.t.Fatal(err)
	}
	return made.APIKey
}

// verifier believes the tokens of one tenant of the site.
func (s *site) verifier(config stepup.Config) *stepup.Verifier {
	s.t.Helper()
	config.Issuer, config.BaseURL = issuer, s.url
	return must(stepup.New(config))(s.t)
}

// eventually tries until there is no error, for as long as a slow machine may
// take.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		select {
		case <-t.Context().Done():
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
