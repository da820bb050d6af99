package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/countersign/countersign/bench/report"
	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// actVariable makes this test binary the command itself, with these arguments.
const actVariable = "BENCH_ACT"

func TestMain(m *testing.M) {
	if arguments := os.Getenv(actVariable); arguments != "" {
		os.Args = append([]string{"bench"}, strings.Fields(arguments)...)
		main()
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "plain" { // which a run starts by the name of its own program
		main()
		return
	}
	os.Exit(process.Main(m))
}

// slice runs the command in a process of its own, which leaves no process behind, and returns what it printed and kept.
func slice(t *testing.T, settings ...string) (out []byte, result report.Result) {
	t.Helper()
	dir, results := benchDir(t), t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), actVariable+"=--results "+results, "BENCH_DIR="+dir, "BINARY="+processtest.Binary(t), "ROUNDS=1", "DURATION=1s")
	cmd.Env = append(cmd.Env, settings...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if left := processesIn(t, dir); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
	if result, err = report.Read(filepath.Join(results, "slice.json")); err != nil {
		t.Fatal(err)
	}
	return out, result
}

// Whoever interrupts a run while it measures finds neither processes of it nor files.
func TestAnInterruptedRunLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir, results := benchDir(t), t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), actVariable+"=--results "+results, "BENCH_DIR="+dir, "BINARY="+processtest.Binary(t),
		"ROUNDS=2", "DURATION=1m", "USERS=1000", "CONCURRENCY=2", "ONLY=list/postgresql")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := readUntil(t, bufio.NewReader(stderr), "seeded postgresql-1000")
	waitForServer(t, dir)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest := readUntil(t, bufio.NewReader(stderr), "")
	if err := cmd.Wait(); err == nil || !strings.Contains(rest, "interrupted") {
		t.Errorf("it ended with %v, and said\n%s%s", err, seen, rest)
	}
	for _, place := range []string{dir, results} {
		if left, err := os.ReadDir(place); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	if left := processesIn(t, dir); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
}

// benchDir is a place for a run.
func benchDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, parent := range []string{filepath.Dir(dir), dir} { // PostgreSQL may run as another user
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// waitForServer returns when a server of the run serves.
func waitForServer(t *testing.T, dir string) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		for _, command := range processesIn(t, dir) {
			if strings.HasSuffix(command, "serve") {
				return
			}
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-look.C:
		}
	}
}

// processesIn are the command lines of those whose directory, or whose arguments, lie in dir.
func processesIn(t *testing.T, dir string) []string {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, line := range lines {
		text, err := os.ReadFile(line)
		if err != nil {
			continue // it has ended
		}
		command := strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " "))
		cwd, _ := os.Readlink(filepath.Join(filepath.Dir(line), "cwd"))
		if command != "" && (strings.HasPrefix(cwd, dir) || strings.Contains(command, dir)) {
			found = append(found, command)
		}
	}
	return found
}

// readUntil reads to the line that begins with the text, or to the end.
func readUntil(t *testing.T, from *bufio.Reader, text string) string {
	t.Helper()
	var all strings.Builder
	for {
		line, err := from.ReadString('\n')
		all.WriteString(line)
		if text != "" && strings.HasPrefix(line, text) {
			return all.String()
		}
		if err != nil {
			if text != "" {
				t.Fatalf("no line %q, but\n%s", text, all.String())
			}
			return all.String()
		}
	}
}
