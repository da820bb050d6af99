package process

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// Process is one life of a server. Its methods are safe for concurrent use.
type Process struct {
	cmd   *exec.Cmd
	log   fmt.Stringer
	ended chan struct{}
	err   error // once ended

	mu      sync.Mutex
	address string
}

const (
	pollInterval = 10 * time.Millisecond
	endTimeout   = time.Minute
)

// Start starts a command. The log is what it writes to its standard error, wherever that goes.
func Start(cmd *exec.Cmd, log fmt.Stringer) (*Process, error) {
	p := &Process{cmd: cmd, log: log, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// PID is the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// servingLine is the one of the log that names the address, as JSON or as text.
var servingLine = regexp.MustCompile(`serving"?[ ,]"?addr"?[:=]"?([^",\s]+)[",\s]`)

// Serving waits until the process listens, and returns where: HOST:PORT. It may not be ready yet.
func (p *Process) Serving(ctx context.Context) (address string, err error) {
	err = p.Await(ctx, "serve", func() bool {
		address = p.listens()
		return address != ""
	})
	return address, err
}

// listens reads the address from the log, once: a log may drop its oldest lines.
func (p *Process) listens() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.address == "" {
		if found := servingLine.FindStringSubmatch(p.log.String()); found != nil {
			p.address = found[1]
		}
	}
	return p.address
}

// Ready waits until the process, asked, says that it is ready.
func (p *Process) Ready(ctx context.Context) error {
	address, err := p.Serving(ctx)
	if err != nil {
		return err
	}
	return p.Await(ctx, "get ready", func() bool { return saysReady(ctx, "http://"+address+"/readyz") })
}

func saysReady(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	request.Close = true // whoever counts its connections finds none of ours
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// Await polls until the process does something. It is an error that it ends before.
func (p *Process) Await(ctx context.Context, what string, does func() bool) error {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for !does() {
		select {
		case <-p.ended:
			return fmt.Errorf("the process did not %s and ended: %v\n%s", what, p.cmd.ProcessState, p.log)
		case <-ctx.Done():
			return fmt.Errorf("the process does not %s: %w\n%s", what, ctx.Err(), p.log)
		case <-poll.C:
		}
	}
	return nil
}

// Signal sends the process a signal.
func (p *Process) Signal(signal os.Signal) error { return p.cmd.Process.Signal(signal) }

// Ended is closed when the process has ended and its log is whole.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err waits for the end of the process. It is nil when that was a good one.
func (p *Process) Err() error {
	<-p.ended
	return p.err
}

// errEarly says that a process ended before it was told to.
var errEarly = errors.New("the process had ended by itself")

// End ends the process by a signal and waits until it is gone. It is an error that it ended before, that it takes
// longer than a minute, and, unless it is killed, that it does not end well.
func (p *Process) End(signal syscall.Signal) error {
	select {
	case <-p.ended:
		return fmt.Errorf("%w: %v\n%s", errEarly, p.cmd.ProcessState, p.log)
	default:
	}
	_ = p.Signal(signal) // it may end by itself meanwhile
	late := time.AfterFunc(endTimeout, func() { _ = p.cmd.Process.Kill() })
	<-p.ended
	if !late.Stop() {
		return fmt.Errorf("the process did not end within %v of %v\n%s", endTimeout, signal, p.log)
	}
	if signal != syscall.SIGKILL && p.err != nil {
		return fmt.Errorf("the process ended badly: %w\n%s", p.err, p.log)
	}
	return nil
}
