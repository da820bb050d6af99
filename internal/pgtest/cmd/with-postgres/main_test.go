package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
)

// actVariable makes this test binary the command itself.
const actVariable = "WITH_POSTGRES_ACT"

func TestMain(m *testing.M) {
	if os.Getenv(actVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestExitCodeIsPassedOn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want int
	}{
		{"success", []string{"--", "true"}, 0},
		{"failure", []string{"--", "sh", "-c", "exit 7"}, 7},
		{"killed by a signal", []string{"--", "sh", "-c", "kill -KILL $$"}, 128 + 9},
		{"no such command", []string{"--", "/no/such/command"}, 127},
		{"no command", []string{"--"}, 2},
		{"without the dashes", []string{"sh", "-c", "exit 3"}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cmd := withPostgres(t, "postgres://unused", test.args...)
			if got := waitCode(t, cmd.Run()); got != test.want {
				t.Errorf("exit code %d, want %d", got, test.want)
			}
		})
	}
}

func TestSetURLIsUsed(t *testing.T) {
	t.Parallel()
	out, err := withPostgres(t, "postgres://elsewhere:5432/x", "--", "sh", "-c", "echo $"+pgtest.Environment).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(out)); got != "postgres://elsewhere:5432/x" {
		t.Errorf("the command was told %q, want the server that was set", got)
	}
}

func TestClusterIsGoneAfterTheCommand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		script string
		signal syscall.Signal
		want   int
	}{
		{"that succeeds", "read _; exit 0", 0, 0},
		{"that fails", "read _; exit 5", 0, 5},
		{"that is interrupted", "trap 'exit 9' INT; read _", syscall.SIGINT, 9},
		{"that is terminated and says nothing", "read _", syscall.SIGTERM, 128 + 15},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cmd := withPostgres(t, "", "--", "sh", "-c", "echo $"+pgtest.Environment+"; "+test.script)
			url, input := begin(t, cmd)
			if err := ping(t, url); err != nil {
				t.Errorf("while the command runs: %v", err)
			}
			if test.signal != 0 {
				if err := cmd.Process.Signal(test.signal); err != nil {
					t.Fatal(err)
				}
			} else if err := input.Close(); err != nil {
				t.Fatal(err)
			}
			got := waitCode(t, cmd.Wait())
			if got != test.want {
				t.Errorf("exit code %d, want %d", got, test.want)
			}
			if ping(t, url) == nil {
				t.Error("the server outlived the command")
			}
		})
	}
}

// begin starts the command, and returns the URL that it prints and its standard input.
func begin(t *testing.T, cmd *exec.Cmd) (string, io.Closer) {
	t.Helper()
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("the command printed %q: %v", line, err)
	}
	return strings.TrimSpace(line), input
}

func withPostgres(t *testing.T, url string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), actVariable+"=1", pgtest.Environment+"="+url)
	return cmd
}

func ping(t *testing.T, url string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return err
	}
	return conn.Close(t.Context())
}

func waitCode(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatal(err)
	}
	return exit.ExitCode()
}
