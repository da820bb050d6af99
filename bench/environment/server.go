package environment

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/countersign/countersign/internal/process"
)

// Server is one process that serves a deployment.
type Server struct {
	// Address is HOST:PORT.
	Address string
	// PID is the process.
	PID int
	// ReadyAfter is the time from its start to its first answer that it is ready.
	ReadyAfter time.Duration

	environment *Environment
	process     *process.Process
	log         logFile
}

const (
	readyTimeout = time.Minute
	logShown     = 4 << 10
)

// logFile is where a server logs to, as it would to a collector of logs: this process has no part in it, so that
// it costs the load nothing.
type logFile struct{ *os.File }

// String is the end of the log.
func (f logFile) String() string {
	text, err := os.ReadFile(f.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-logShown):])
}

// Serve starts a server, with production's defaults, and waits until it is ready.
func (d *Deployment) Serve(ctx context.Context) (*Server, error) {
	return d.ServeBy(ctx, d.environment.binary)
}

// ServeBy is Serve by another countersign than the one that made the deployment, named by its absolute path.
func (d *Deployment) ServeBy(ctx context.Context, binary string) (*Server, error) {
	return d.Start(ctx, []string{
		"COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_ISSUER=https://countersign.test", "COUNTERSIGN_SHUTDOWN_DELAY=0s",
	}, binary, "serve")
}

// Start starts any program that serves the deployment, and waits until it is ready. It has these settings beside those of
// the deployment, and names its address and says that it is ready as countersign does.
func (d *Deployment) Start(ctx context.Context, settings []string, program string, args ...string) (*Server, error) {
	file, err := os.OpenFile(filepath.Join(d.dir, "log-"+rand.Text()), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	s := &Server{environment: d.environment, log: logFile{file}}
	cmd := process.Command(context.Background(), d.dir, append(d.settings(), settings...), program, args...)
	cmd.Stderr = file
	began := time.Now()
	if s.process, err = process.Start(cmd, s.log); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	s.PID = s.process.PID()
	s.environment.servers = append(s.environment.servers, s)
	return s, s.ready(ctx, began)
}

func (s *Server) ready(ctx context.Context, began time.Time) (err error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if s.Address, err = s.process.Serving(ctx); err != nil {
		return err
	}
	if err := s.process.Ready(ctx); err != nil {
		return err
	}
	s.ReadyAfter = time.Since(began)
	return nil
}

// EmptyLog drops what has been logged, so that a long run does not fill the disk.
func (s *Server) EmptyLog() error { return s.log.Truncate(0) }

// Stop ends the process well and waits until it has ended. To stop a stopped one is no error.
func (s *Server) Stop() error {
	at := slices.Index(s.environment.servers, s)
	if at < 0 {
		return nil
	}
	s.environment.servers = slices.Delete(slices.Clone(s.environment.servers), at, at+1)
	return errors.Join(s.process.End(syscall.SIGTERM), s.log.Close())
}
