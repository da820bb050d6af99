package site

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Replica is one `countersign serve`, which may die and live again. Its methods are safe for concurrent use,
// but one at a time makes it live or die.
type Replica struct {
	Name string
	// Binary is the countersign that it runs; the site's at first.
	Binary string

	site        *Site
	url         string   // of its database
	environment []string // its own settings
	transport   *http.Transport

	address atomic.Value // string; empty while there is no process

	mu      sync.Mutex
	process *process
	last    *process // whose log is shown
}

const stopTimeout = time.Minute

func newReplica(name string, s *Site, databaseURL string, environment []string) *Replica {
	r := &Replica{Name: name, Binary: s.binary, site: s, url: databaseURL, environment: environment, transport: newTransport()}
	r.address.Store("")
	return r
}

// Start starts the process and waits until it has taken an address, each time another. It may not be ready
// yet; see [Replica.Ready].
func (r *Replica) Start() error {
	if err := r.Begin(); err != nil {
		return err
	}
	return r.Serving(context.Background())
}

// Begin starts the process. [Replica.Serving] waits for it.
func (r *Replica) Begin() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process != nil {
		return fmt.Errorf("%s is running", r.Name)
	}
	cmd := exec.Command(r.Binary, "serve")
	cmd.Dir = r.site.dir
	cmd.Env = append(r.site.environment(r.url),
		"COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_ISSUER="+Issuer, "COUNTERSIGN_SHUTDOWN_DELAY=0s")
	cmd.Env = append(cmd.Env, r.site.options.Environment...)
	cmd.Env = append(cmd.Env, r.environment...)
	cmd.SysProcAttr = endsWithUs()
	p := &process{cmd: cmd, log: newJournal(), ended: make(chan struct{})}
	if err := p.start(); err != nil {
		return fmt.Errorf("starting %s: %w", r.Name, err)
	}
	r.process, r.last = p, p
	return nil
}

// Serving waits until the process that was begun has taken an address. It is an error that it ends before.
func (r *Replica) Serving(ctx context.Context) error {
	r.mu.Lock()
	p := r.process
	r.mu.Unlock()
	if p == nil {
		return fmt.Errorf("%s is not running", r.Name)
	}
	select {
	case <-p.log.serving:
		r.address.Store(p.log.address())
		return nil
	case <-p.ended:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.process = nil
		return fmt.Errorf("%s did not serve: %w\n%s", r.Name, p.err, p.log)
	case <-ctx.Done():
		return fmt.Errorf("%s does not serve: %w\n%s", r.Name, ctx.Err(), p.log)
	}
}

// Kill ends the process with SIGKILL and waits until it is gone. To kill one that was killed or stopped is no
// error; that the process had ended by itself is one.
func (r *Replica) Kill() error { return r.finish(syscall.SIGKILL) }

// Stop ends the process with SIGTERM and waits until it has answered what it was asked. It is an error that
// the process does not end well.
func (r *Replica) Stop() error { return r.finish(syscall.SIGTERM) }

// HangUp does so with SIGHUP, as the end of a terminal does.
func (r *Replica) HangUp() error { return r.finish(syscall.SIGHUP) }

func (r *Replica) finish(signal syscall.Signal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.process
	if p == nil {
		return nil
	}
	defer r.transport.CloseIdleConnections()
	defer r.address.Store("")
	r.process = nil
	if !p.alive() {
		return fmt.Errorf("%s ended by itself: %w", r.Name, p.err)
	}
	_ = p.cmd.Process.Signal(signal) // it may end by itself meanwhile
	timeout := time.AfterFunc(stopTimeout, func() { _ = p.cmd.Process.Kill() })
	<-p.ended
	if !timeout.Stop() {
		return fmt.Errorf("%s did not end within %v of %v", r.Name, stopTimeout, signal)
	}
	if signal != syscall.SIGKILL && p.err != nil {
		return fmt.Errorf("%s ended badly: %w", r.Name, p.err)
	}
	return nil
}

// Signal sends the process a signal, SIGSTOP for example.
func (r *Replica) Signal(signal os.Signal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process == nil {
		return fmt.Errorf("%s is not running", r.Name)
	}
	return r.process.cmd.Process.Signal(signal)
}

// URL is the base of its present address; empty while it is dead.
func (r *Replica) URL() string {
	address, _ := r.address.Load().(string)
	if address == "" {
		return ""
	}
	return "http://" + address
}

// Log is what the present or the last process logged, requests that went well left out, the oldest lines too.
func (r *Replica) Log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		return ""
	}
	return r.last.log.String()
}

// Ready waits until the replica says that it is ready.
func (r *Replica) Ready(ctx context.Context) error {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	client := r.client("")
	for {
		answer := client.call(ctx, http.MethodGet, "/readyz", nil)
		if answer.Status == http.StatusOK {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; it last answered %v", r.Name, ctx.Err(), answer)
		case <-poll.C:
		}
	}
}

// end is the replica's part in the end of the test.
func (r *Replica) end() {
	t := r.site.t
	if err := r.Kill(); err != nil {
		t.Error(err)
	}
	if r.last != nil && r.last.log.panicked() {
		t.Errorf("%s panicked", r.Name)
	}
	if t.Failed() {
		t.Logf("what %s logged:\n%s", r.Name, r.Log())
	}
}
