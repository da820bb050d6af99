package pgtest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Options of a cluster. The zero value is what tests want.
type Options struct {
	// Durable leaves fsync and full_page_writes on. Without it a commit survives the death of every
	// server process, which is what crash tests provoke, but not that of the machine.
	Durable bool
	// Settings are the server's own by name, without quotes; they win over those of this package.
	Settings map[string]string
}

// Cluster is a PostgreSQL server with a data directory of its own, on a loopback port, with a password
// that only this process and those it tells know. Its methods are for one goroutine at a time.
type Cluster struct {
	// BinDir holds initdb, postgres, pg_basebackup and their like.
	BinDir string
	// DataDir is the server's data directory.
	DataDir string

	dir      string
	port     int
	password string
	account  *syscall.Credential
	guard    *guard
	pid      int
}

const superuser = "postgres"

// Start makes a cluster in a new directory below dir and waits until it answers. Where dir is empty that is in
// memory, if there is room and the cluster need not be durable, or below the directory for temporary files.
// [Cluster.Close] ends it; so does the end of this process.
func Start(dir string, options Options) (*Cluster, error) {
	return start(dir, rand.Text(), options, (*Cluster).initialise)
}

// start has fill make the data directory.
func start(dir, password string, options Options, fill func(*Cluster) error) (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	as, err := account()
	if err != nil {
		return nil, err
	}
	if dir == "" && !options.Durable {
		dir = inMemory()
	}
	home, err := makeDir(dir, as)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		BinDir: bin, DataDir: filepath.Join(home, "data"),
		dir: home, account: as, password: password,
	}
	if c.guard, err = startGuard(home, as); err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	if err := fill(c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if err := c.begin(options); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// begin tries several ports: between finding a free one and binding it, somebody else may take it.
func (c *Cluster) begin(options Options) error {
	var err error
	for range 5 {
		if c.port, err = freePort(); err != nil {
			return err
		}
		if err = c.configure(options); err != nil {
			return err
		}
		if err = c.launch(); !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// URL names the database "postgres" of the cluster, as its superuser.
func (c *Cluster) URL() string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, c.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)),
		Path:     "/postgres",
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Restart starts a cluster that was stopped or killed, on the same port, and waits until it answers,
// recovery included.
func (c *Cluster) Restart() error {
	if c.running() {
		return errors.New("pgtest: the cluster is running")
	}
	return c.launch()
}

// Close ends the server, whatever its state, and removes its directory.
func (c *Cluster) Close() error {
	err := c.Stop(Immediate)
	err = errors.Join(err, os.RemoveAll(c.dir))
	c.guard.release()
	return err
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer listener.Close()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("finding a free port: %v is no TCP address", listener.Addr())
	}
	return address.Port, nil
}
