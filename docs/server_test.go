package docs_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var buildDir string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if buildDir, err = os.MkdirTemp("", "countersign-docs-"); err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(buildDir) }()
		return m.Run()
	}())
}

// binary is the program as it is shipped, built once.
func binary(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return path
}

var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "countersign")
	command := exec.Command("go", "build", "-o", path, "./cmd/countersign")
	command.Dir, command.Stderr = root, os.Stderr
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	return path, command.Run()
})

// development is a running `serve --dev`.
type development struct {
	dir    string // where data/ is
	url    string
	banner string
}

var bannerURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

const bannerEnd = "Ctrl-C ends it."

// startDevelopment starts it in an empty directory and on a free port.
func startDevelopment(t *testing.T) development {
	t.Helper()
	d := development{dir: t.TempDir()}
	command := exec.CommandContext(t.Context(), binary(t), "serve", "--dev")
	command.Dir, command.Stderr = d.dir, os.Stderr
	command.Env = append(cleanEnvironment(), "COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_LOG_LEVEL=warn")
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = time.Minute
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Wait() })
	lines := bufio.NewScanner(stdout)
	for !strings.Contains(d.banner, bannerEnd) && lines.Scan() {
		d.banner += lines.Text() + "\n"
	}
	if d.url = bannerURL.FindString(d.banner); d.url == "" || !strings.Contains(d.banner, bannerEnd) {
		t.Fatalf("serve --dev did not begin; it printed:\n%s", d.banner)
	}
	return d
}

// cleanEnvironment has no setting of Countersign.
func cleanEnvironment() []string {
	var clean []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "COUNTERSIGN_") {
			clean = append(clean, entry)
		}
	}
	return clean
}

// shell runs a script in one strict shell, in the directory of the server, and
// returns what it printed.
func (d development) shell(t *testing.T, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "sh", "-eu")
	command.Dir, command.Stdin = d.dir, strings.NewReader(script)
	command.Env = append(cleanEnvironment(), "API="+d.url, "no_proxy=127.0.0.1")
	var stderr strings.Builder
	command.Stderr = &stderr
	stdout, err := command.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("the shell: %v\n%s\nbefore that it printed:\n%s", err, stderr.String(), stdout)
	}
	return string(stdout)
}
