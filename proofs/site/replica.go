package site

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/countersign/countersign/internal/process"
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
	process *process.Process
	log     *journal // of the present or the last process
}

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
	settings := slices.Concat(r.site.settings(r.url),
		[]string{"COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_ISSUER=" + Issuer, "COUNTERSIGN_SHUTDOWN_DELAY=0s"},
		r.site.options.Environment, r.environment)
	cmd, log := process.Command(context.Background(), r.site.dir, settings, r.Binary, "serve"), &journal{}
	cmd.Stderr = log
	p, err := process.Start(cmd, log)
	if err != nil {
		return fmt.Errorf("starting %s: %w", r.Name, err)
	}
	r.process, r.log = p, log
	return nil
}

// running is the present process.
func (r *Replica) running() (*process.Process, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process == nil {
		return nil, fmt.Errorf("%s is not running", r.Name)
	}
	return r.process, nil
}

// Serving waits until the process that was begun has taken an address. It is an error that it ends before.
func (r *Replica) Serving(ctx context.Context) error {
	p, err := r.running()
	if err != nil {
		return err
	}
	address, err := p.Serving(ctx)
	if err == nil {
		r.address.Store(address)
		return nil
	}
	select {
	case <-p.Ended():
		r.mu.Lock()
		defer r.mu.Unlock()
		r.process = nil
	default:
	}
	return fmt.Errorf("%s: %w", r.Name, err)
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
	if err := p.End(signal); err != nil {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	return nil
}

// Signal sends the process a signal, SIGSTOP for example.
func (r *Replica) Signal(signal os.Signal) error {
	p, err := r.running()
	if err != nil {
		return err
	}
	return p.Signal(signal)
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
	if r.log == nil {
		return ""
	}
	return r.log.String()
}

// Ready waits until the replica says that it is ready.
func (r *Replica) Ready(ctx context.Context) error {
	p, err := r.running()
	if err != nil {
		return err
	}
	if err := p.Ready(ctx); err != nil {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	return nil
}

// end is the replica's part in the end of the test.
func (r *Replica) end() {
	t := r.site.t
	if err := r.Kill(); err != nil {
		t.Error(err)
	}
	if r.log != nil && r.log.panicked() {
		t.Errorf("%s panicked", r.Name)
	}
	if t.Failed() {
		t.Logf("what %s logged:\n%s", r.Name, r.Log())
	}
}
