// Command with-postgres runs another command with a PostgreSQL for tests to run on.
//
//	with-postgres -- go test ./...
//
// The server is the one that COUNTERSIGN_TEST_POSTGRES_URL names. Where that is unset, a throwaway cluster
// is started, named to the command by that same variable, and gone afterwards, whatever the command did.
// The exit code is the command's.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/countersign/countersign/internal/pgtest"
)

const (
	exitFailure  = 1
	exitUsage    = 2
	exitNotFound = 127 // as a shell has it
	exitSignal   = 128 // plus the signal's number, as a shell has it
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: with-postgres -- command [argument ...]")
		os.Exit(exitUsage)
	}
	os.Exit(run(args))
}

func run(args []string) int {
	// From here on no signal ends this process before the cluster is gone.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)

	if os.Getenv(pgtest.Environment) != "" {
		return runChild(args, signals)
	}
	cluster, err := pgtest.Start("", pgtest.Options{})
	if err != nil {
		return complain(err, exitFailure)
	}
	if err := os.Setenv(pgtest.Environment, cluster.URL()); err != nil {
		return complain(errors.Join(err, cluster.Close()), exitFailure)
	}
	code := runChild(args, signals)
	if err := cluster.Close(); err != nil {
		return complain(err, max(code, exitFailure))
	}
	return code
}

// runChild runs the command and hands it the signals that arrive, one that came before its start included.
func runChild(args []string, signals <-chan os.Signal) int {
	child := exec.Command(args[0], args[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return complain(err, exitNotFound)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case received := <-signals:
			_ = child.Process.Signal(received) // it may have ended just now
		case err := <-ended:
			return exitCode(err)
		}
	}
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return complain(err, exitFailure)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignal + int(status.Signal())
	}
	return exit.ExitCode()
}

func complain(err error, code int) int {
	fmt.Fprintf(os.Stderr, "with-postgres: %v\n", err)
	return code
}
