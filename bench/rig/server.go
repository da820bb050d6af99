package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Server is one process that serves a deployment.
type Server struct {
	// Address is HOST:PORT.
	Address string
	// PID is the process.
	PID int
	// ReadyAfter is the time from its start to its first answer that it is ready.
	ReadyAfter time.Duration

	rig   *Rig
	cmd   *exec.Cmd
	log   *os.File
	ended chan error
}

const (
	readyTimeout = time.Minute
	readyPoll    = time.Millisecond
	stopTimeout  = time.Minute
	logShown     = 4 << 10
)

// Serve starts a server, with production's defaults, and waits until it is ready. Its log goes to a file, as
// it would to a collector of logs.
func (d *Deployment) Serve(ctx context.Context) (*Server, error) { return d.ServeBy(ctx, d.rig.binary) }

// ServeBy is Serve by another countersign than the one that made the deployment, named by its absolute path.
func (d *Deployment) ServeBy(ctx context.Context, binary string) (*Server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(d.dir, "log-"+strings.ReplaceAll(address, ":", "-")),
		os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "serve")
	cmd.Dir, cmd.Stderr = d.dir, log
	cmd.Env = append(d.environment(), "COUNTERSIGN_ADDR="+address,
		"COUNTERSIGN_ISSUER=https://countersign.test", "COUNTERSIGN_SHUTDOWN_DELAY=0s")
	cmd.SysProcAttr = endsWithUs()
	s := &Server{Address: address, rig: d.rig, cmd: cmd, log: log, ended: make(chan error, 1)}
	return s, s.start(ctx)
}

func (s *Server) start(ctx context.Context) error {
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return errors.Join(err, s.log.Close())
	}
	s.PID = s.cmd.Process.Pid
	s.rig.servers = append(s.rig.servers, s)
	go func() { s.ended <- s.cmd.Wait() }()
	if err := s.ready(ctx); err != nil {
		return fmt.Errorf("%w\n%s", err, s.logged())
	}
	s.ReadyAfter = time.Since(began)
	return nil
}

func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	poll := time.NewTicker(readyPoll)
	defer poll.Stop()
	for {
		select {
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("countersign serve ended: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("countersign serve is not ready: %w", ctx.Err())
		case <-poll.C:
			if s.saysReady(ctx) {
				return nil
			}
		}
	}
}

func (s *Server) saysReady(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Address+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// EmptyLog drops what has been logged, so that a long run does not fill the disk.
func (s *Server) EmptyLog() error { return s.log.Truncate(0) }

// Stop ends the process well and waits until it has ended. To stop a stopped one is no error.
func (s *Server) Stop() error {
	at := slices.Index(s.rig.servers, s)
	if at < 0 {
		return nil
	}
	s.rig.servers = slices.Delete(slices.Clone(s.rig.servers), at, at+1)
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	late := time.AfterFunc(stopTimeout, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	err := <-s.ended
	if err != nil {
		err = fmt.Errorf("countersign serve ended badly: %w\n%s", err, s.logged())
	}
	return errors.Join(err, s.log.Close())
}

// logged is the end of the log.
func (s *Server) logged() string {
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-logShown):])
}

// freeAddress names a port before the process has it: the time to be ready would otherwise have to be read
// from its log.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
