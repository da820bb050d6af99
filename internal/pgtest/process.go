package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// StopMode is how a server is asked to stop.
type StopMode syscall.Signal

// PostgreSQL's three ways down.
const (
	Smart     = StopMode(syscall.SIGTERM) // waits for the clients to go
	Fast      = StopMode(syscall.SIGINT)  // disconnects them, rolls back, writes a checkpoint
	Immediate = StopMode(syscall.SIGQUIT) // writes nothing: the next start recovers
)

const (
	startTimeout = 2 * time.Minute
	stopTimeout  = time.Minute
	pollInterval = 10 * time.Millisecond
)

var errPortTaken = errors.New("pgtest: the port is taken")

// launch starts the server and waits until it answers. It leaves no goroutine behind, so that tests of
// leaks may use this package; waiting is therefore by polling.
func (c *Cluster) launch() error {
	log, err := os.OpenFile(c.logFile(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := c.command("postgres", "-D", c.DataDir)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	c.pid = cmd.Process.Pid
	_ = cmd.Process.Release() // running reaps it by pid
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(pollInterval) {
		if !c.running() {
			return c.startFailure()
		}
		if c.answers() {
			return nil
		}
	}
	return fmt.Errorf("pgtest: the server did not answer within %v\n%s", startTimeout, c.log())
}

func (c *Cluster) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL())
	if err != nil {
		return false
	}
	_ = conn.Close(ctx)
	return true
}

func (c *Cluster) startFailure() error {
	log := c.log()
	if bytes.Contains(log, []byte("Address already in use")) {
		return errPortTaken
	}
	return fmt.Errorf("pgtest: the server did not start\n%s", log)
}

// running also reaps the server, should it have ended.
func (c *Cluster) running() bool {
	if c.pid == 0 {
		return false
	}
	var status syscall.WaitStatus
	pid, err := syscall.Wait4(c.pid, &status, syscall.WNOHANG, nil)
	if err == nil && pid == 0 || errors.Is(err, syscall.EINTR) {
		return true
	}
	c.pid = 0
	return false
}

func (c *Cluster) awaitExit() error {
	for deadline := time.Now().Add(stopTimeout); time.Now().Before(deadline); time.Sleep(pollInterval) {
		if !c.running() {
			return nil
		}
	}
	return fmt.Errorf("pgtest: the server did not stop within %v\n%s", stopTimeout, c.log())
}

// Stop stops the server and leaves its data for [Cluster.Restart]. To stop a stopped one is no error.
func (c *Cluster) Stop(mode StopMode) error {
	if !c.running() {
		return nil
	}
	if err := syscall.Kill(c.pid, syscall.Signal(mode)); err != nil {
		return fmt.Errorf("stopping the server: %w", err)
	}
	return c.awaitExit()
}

// Kill ends every process of the server at once with SIGKILL, as a crash would.
func (c *Cluster) Kill() error {
	if !c.running() {
		return nil
	}
	// Stopped, it starts no further process while the list of them is read.
	if err := syscall.Kill(c.pid, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("killing the server: %w", err)
	}
	for _, pid := range append(children(c.pid), c.pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
	}
	return c.awaitExit()
}

func (c *Cluster) logFile() string { return filepath.Join(c.dir, "server.log") }

func (c *Cluster) log() []byte {
	text, err := os.ReadFile(c.logFile())
	if err != nil {
		return []byte(err.Error())
	}
	return text[max(0, len(text)-4096):]
}
