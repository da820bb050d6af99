package e2e_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// server is a running command.
type server struct {
	*process.Process
	t           *testing.T
	url         string
	stdout, log *process.Record
}

// serve starts a server and waits until it is ready.
func (s site) serve(t *testing.T, args ...string) *server {
	t.Helper()
	r := s.start(t, args...)
	r.url = "http://" + processtest.Ready(t, r.Process)
	return r
}

func (s site) start(t *testing.T, args ...string) *server {
	t.Helper()
	r := &server{t: t, stdout: &process.Record{}}
	cmd := s.prepare(context.Background(), append([]string{"serve"}, args...)...)
	cmd.Stdout = r.stdout
	r.Process, r.log = processtest.Start(t, cmd)
	return r
}

func (r *server) signal(sig syscall.Signal) {
	r.t.Helper()
	if err := r.Signal(sig); err != nil {
		r.t.Fatal(err)
	}
}

// stop ends the server as an operator does.
func (r *server) stop() {
	r.t.Helper()
	if err := r.End(syscall.SIGTERM); err != nil {
		r.t.Error(err)
	}
}

// kill ends it as a power failure does.
func (r *server) kill() { _ = r.End(syscall.SIGKILL) } // it may have ended

func (r *server) awaitExit() {
	r.t.Helper()
	select {
	case <-r.Ended():
	case <-time.After(30 * time.Second):
		r.t.Fatalf("the server did not end:\n%s", r.log)
	}
}

// endsWell waits until the server has ended, each request answered.
func (r *server) endsWell() {
	r.t.Helper()
	r.awaitExit()
	if err := r.Err(); err != nil || !strings.Contains(r.log.String(), "every request has been answered") {
		r.t.Errorf("it ended with %v:\n%s", err, r.log)
	}
}
