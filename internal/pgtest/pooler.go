package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pooler is a PgBouncer between clients and a cluster, in transaction mode: two statements of a client that are
// not in one transaction may be carried out in two sessions of the server.
type Pooler struct {
	cluster *Cluster
	dir     string
	port    int
	cmd     *exec.Cmd
	pipe    io.Closer
}

// poolerScript ends what it started when its standard input ends, which comes with whoever has the other end.
const poolerScript = `"$@" & pid=$!; read -r _; kill -INT "$pid" 2>/dev/null; wait "$pid"`

var errNoPooler = errors.New("no pgbouncer on this machine: install it (Debian, Ubuntu: sudo apt-get install pgbouncer)")

// Pool puts a PgBouncer in front of the cluster, with settings of its own in place of Debian's, and waits until it
// answers. [Pooler.Close] ends it; so does the end of this process.
func (c *Cluster) Pool(settings map[string]string) (*Pooler, error) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // Debian's; the PATH of who is not root has no sbin
		if _, err := os.Stat(program); err != nil {
			return nil, errNoPooler
		}
	}
	p := &Pooler{cluster: c}
	if p.port, err = freePort(); err != nil {
		return nil, err
	}
	if p.dir, err = makeDir("", c.account); err != nil {
		return nil, err
	}
	if err := p.configure(settings); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	if err := p.launch(program); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// URL is that of a database of the cluster, by way of the pooler, with the mode of execution that such a pooler
// needs.
func (p *Pooler) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, p.cluster.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable&default_query_exec_mode=exec",
	}
	return u.String()
}

// configure writes its two files. The passwords are in the clear: SCRAM on both sides needs them.
func (p *Pooler) configure(settings map[string]string) error {
	all := map[string]string{
		"listen_addr": "127.0.0.1", "listen_port": strconv.Itoa(p.port), "unix_socket_dir": "",
		"pool_mode": "transaction", "auth_type": "scram-sha-256", "auth_file": filepath.Join(p.dir, "users"),
		"max_client_conn": "1000",
	}
	maps.Copy(all, settings)
	var text strings.Builder
	fmt.Fprintf(&text, "[databases]\n* = host=127.0.0.1 port=%d\n[pgbouncer]\n", p.cluster.port)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s = %s\n", name, all[name])
	}
	return errors.Join(
		p.cluster.writeOwned(filepath.Join(p.dir, "users"), fmt.Sprintf("%q %q\n", superuser, p.cluster.password)),
		p.cluster.writeOwned(filepath.Join(p.dir, "pgbouncer.ini"), text.String()))
}

func (p *Pooler) launch(program string) error {
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd = exec.Command("/bin/sh", "-c", poolerScript, "countersign-pgtest-pooler", program, filepath.Join(p.dir, "pgbouncer.ini"))
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = p.dir, log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: p.cluster.account}
	if p.pipe, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(pollInterval) {
		if p.answers() {
			return nil
		}
	}
	text, _ := os.ReadFile(log.Name())
	return fmt.Errorf("pgtest: pgbouncer did not answer\n%s", text)
}

func (p *Pooler) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.URL("postgres"))
	if err != nil {
		return false
	}
	_ = conn.Close(ctx)
	return true
}

// Close ends the pooler and removes its directory.
func (p *Pooler) Close() error {
	if p.pipe != nil {
		_ = p.pipe.Close()
	}
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Wait()
	}
	return os.RemoveAll(p.dir)
}
