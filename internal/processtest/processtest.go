// Package processtest starts a countersign in a test, which fails when the start does. The process ends with the
// test. How processes are started and waited for is in [process].
package processtest

import (
	"context"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/process"
)

// Binary is the program as it is shipped, built once.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := process.Binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Start starts a command. The record is of its standard error, and of its standard output where that goes nowhere
// else. What the test has not ended is killed.
func Start(t testing.TB, command *exec.Cmd) (*process.Process, *process.Record) {
	t.Helper()
	log := &process.Record{}
	command.Stderr = log
	if command.Stdout == nil {
		command.Stdout = log
	}
	started, err := process.Start(command, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = started.End(syscall.SIGKILL) })
	return started, log
}

// Ready waits until a server is ready, and returns where it listens: HOST:PORT.
func Ready(t testing.TB, server *process.Process) string {
	t.Helper()
	ctx := Within(t)
	if err := server.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	address, err := server.Serving(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Within is as long as a slow machine may take for anything that a test waits for.
func Within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
