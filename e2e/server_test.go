package e2e_test

import (
	"bytes"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is a running command.
type server struct {
	t      *testing.T
	url    string
	stdout *record
	log    *record
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended
}

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

// serving is the line of the log that names the address, as JSON or as text.
var serving = regexp.MustCompile(`serving"?[ ,]"?addr"?[:=]"?([^", ]+)`)

// serve starts a server and waits until it is ready.
func (s site) serve(t *testing.T, args ...string) *server {
	t.Helper()
	r := s.start(t, args...)
	r.awaitReady()
	return r
}

func (s site) start(t *testing.T, args ...string) *server {
	t.Helper()
	r := &server{t: t, stdout: &record{}, log: &record{}, exited: make(chan struct{})}
	r.cmd = exec.Command(binary, append([]string{"serve"}, args...)...)
	r.cmd.Dir, r.cmd.Env = s.dir, s.env
	r.cmd.Stdout, r.cmd.Stderr = r.stdout, r.log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = r.cmd.Wait()
		close(r.exited)
	}()
	t.Cleanup(r.kill)
	return r
}

func (r *server) awaitReady() {
	r.t.Helper()
	eventually(r.t, "the server names its address", func() bool {
		if r.ended() {
			r.t.Fatalf("the server ended:\n%s", r.log)
		}
		found := serving.FindStringSubmatch(r.log.String())
		if found == nil {
			return false
		}
		r.url = "http://" + found[1]
		return true
	})
	eventually(r.t, "the server is ready", func() bool {
		return curl(r.t, "", "GET", r.url+"/readyz", "").status == 200
	})
}

func (r *server) ended() bool {
	select {
	case <-r.exited:
		return true
	default:
		return false
	}
}

func (r *server) signal(sig syscall.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(sig); err != nil {
		r.t.Fatal(err)
	}
}

// stop ends the server as an operator does.
func (r *server) stop() {
	r.t.Helper()
	r.signal(syscall.SIGTERM)
	r.awaitExit()
	if code := r.cmd.ProcessState.ExitCode(); code != 0 {
		r.t.Errorf("the server exited with %d:\n%s", code, r.log)
	}
}

// kill ends it as a power failure does.
func (r *server) kill() {
	if !r.ended() {
		_ = r.cmd.Process.Kill()
		<-r.exited
	}
}

func (r *server) awaitExit() {
	r.t.Helper()
	select {
	case <-r.exited:
	case <-time.After(30 * time.Second):
		r.t.Fatalf("the server did not end:\n%s", r.log)
	}
}
