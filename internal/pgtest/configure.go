package pgtest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// initialise makes the data directory: UTF-8 and the C locale, so that no test depends on the machine's.
// The password is what keeps other users of this machine from being superuser on its loopback port.
func (c *Cluster) initialise() error {
	pwfile := filepath.Join(c.dir, "password")
	defer func() { _ = os.Remove(pwfile) }()
	if err := c.writeOwned(pwfile, c.password+"\n"); err != nil {
		return err
	}
	cmd := c.command("initdb", "--pgdata", c.DataDir, "--username", superuser, "--pwfile", pwfile,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// configure writes the settings where they win over postgresql.conf and survive a restart. initdb made the
// file, so it belongs to the server's user already.
func (c *Cluster) configure(options Options) error {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(c.port),
		"unix_socket_directories": "", // their paths may have at most 107 bytes, temporary directories have more
		"max_connections":         "200",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
	}
	if !options.Durable {
		// For tests alone, whose data dies with them anyway: a commit then costs microseconds. Never for
		// a server whose data matters.
		settings["fsync"] = "off"
		settings["full_page_writes"] = "off"
	}
	maps.Copy(settings, options.Settings)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	return os.WriteFile(filepath.Join(c.DataDir, "postgresql.auto.conf"), []byte(text.String()), 0o600)
}

// command runs a program of PostgreSQL's as the cluster's user, in an environment without PGHOST and the
// like, in a session of its own so that Ctrl-C does not reach it before the tests.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.BinDir, name), args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: c.account}
	return cmd
}
