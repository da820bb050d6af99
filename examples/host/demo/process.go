package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startsWithin is how long a program may take to be there.
const startsWithin = 30 * time.Second

// demo is what has been started.
type demo struct {
	ctx                         context.Context
	folder, service, host, addr string
	running                     sync.WaitGroup
	processes                   []*os.Process
	ended                       chan error
}

// address is one of this machine that nobody listens on: at the port that is
// easy to remember, if it is free.
func address(port int) string {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return fmt.Sprintf("127.0.0.1:%d", port) // whoever listens there will say why not
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// rpID is what browsers bind passkeys to on this machine, whose addresses they
// refuse.
const rpID = "localhost"

// urlOf is what people open.
func urlOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return "http://" + net.JoinHostPort(rpID, port)
}

// command has the settings of this demonstration and no others.
func (d *demo) command(program string, words ...string) *exec.Cmd {
	command := exec.Command(program, words...) //nolint:gosec // which programs to start is what the flags say
	command.Stderr = os.Stderr
	command.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "COUNTERSIGN_") })
	command.Env = append(command.Env, "COUNTERSIGN_DATABASE_URL=sqlite:"+d.folder+"/countersign.db", "COUNTERSIGN_ADDR="+d.addr,
		"COUNTERSIGN_ISSUER="+urlOf(d.addr), "COUNTERSIGN_LOG_LEVEL=warn", "COUNTERSIGN_SHUTDOWN_DELAY=0s")
	return command
}

// createTenant makes a tenant with a key for each scope. The key that comes with
// it, which may do everything, is kept by nobody.
func (d *demo) createTenant(s site) error {
	command := d.command(d.service, "tenant", "create", s.tenant, "--edition", s.edition, "--sandbox", "--origin", urlOf(s.addr), "--rp-id", rpID)
	if err := command.Run(); err != nil {
		return err
	}
	if err := os.Mkdir(d.keys(s), 0o700); err != nil {
		return err
	}
	for _, scope := range []string{"login", "admin", "directory"} {
		if err := d.createKey(s, scope); err != nil {
			return fmt.Errorf("its key for %s: %w", scope, err)
		}
	}
	return nil
}

func (d *demo) createKey(s site, scope string) error {
	out, err := d.command(d.service, "apikey", "create", s.tenant, "--name", scope, "--scope", scope, "--output", "json").Output()
	if err != nil {
		return err
	}
	var made struct {
		Key string `json:"api_key"`
	}
	if err := json.Unmarshal(out, &made); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.keys(s), scope+".key"), []byte(made.Key), 0o600)
}

func (d *demo) serve() error {
	if err := d.start(d.command(d.service, "serve")); err != nil {
		return err
	}
	deadline := time.Now().Add(startsWithin)
	for time.Now().Before(deadline) && d.ctx.Err() == nil {
		if response, err := http.Get(urlOf(d.addr) + "/readyz"); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-d.ended:
			return errors.Join(errors.New("the service did not start"), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("the service did not get ready")
}

// open starts a host and waits until it listens.
func (d *demo) open(s, other site) error {
	command := d.command(d.host, "-addr", s.addr, "-countersign", urlOf(d.addr), "-tenant", s.tenant, "-edition", s.edition,
		"-keys", d.keys(s), "-sandbox", "-tour", "-other", urlOf(other.addr))
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := d.start(command); err != nil {
		return err
	}
	if !bufio.NewScanner(out).Scan() {
		return fmt.Errorf("the host %s did not start", s.tenant)
	}
	return nil
}

func (d *demo) start(command *exec.Cmd) error {
	if err := command.Start(); err != nil {
		return err
	}
	d.processes = append(d.processes, command.Process)
	d.running.Go(func() { d.ended <- command.Wait() })
	return nil
}

// stop ends what was started, the service last.
func (d *demo) stop() {
	for _, process := range slices.Backward(d.processes) {
		_ = process.Signal(syscall.SIGTERM) // it may have ended by itself
	}
	d.running.Wait()
}
