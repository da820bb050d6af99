package pgtest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
)

// Standby makes a hot standby of the cluster with pg_basebackup, which follows it by streaming replication under
// that name, and waits until it answers. Its options are those of the primary, more or less: a standby needs at
// least as many connections. Its data, roles and passwords are the primary's.
func (c *Cluster) Standby(dir, name string, options Options) (*Cluster, error) {
	options.Settings = maps.Clone(options.Settings)
	if options.Settings == nil {
		options.Settings = map[string]string{}
	}
	options.Settings["primary_conninfo"] = fmt.Sprintf("host=127.0.0.1 port=%d user=%s password=%s application_name=%s",
		c.port, superuser, c.password, name)
	return start(dir, c.password, options, func(standby *Cluster) error { return standby.copyOf(c) })
}

// copyOf fills the data directory; the file in it is what makes the server a standby.
func (c *Cluster) copyOf(primary *Cluster) error {
	cmd := c.command("pg_basebackup", "--pgdata", c.DataDir, "--host", "127.0.0.1", "--port", strconv.Itoa(primary.port),
		"--username", superuser, "--no-password", "--checkpoint", "fast", "--wal-method", "stream", "--no-sync")
	cmd.Env = append(cmd.Env, "PGPASSWORD="+primary.password)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	return c.writeOwned(filepath.Join(c.DataDir, "standby.signal"), "")
}

// Promote makes a standby a primary, as whoever operates it does at a failover, and waits until it is one.
func (c *Cluster) Promote() error {
	if out, err := c.command("pg_ctl", "promote", "--pgdata", c.DataDir, "--wait").CombinedOutput(); err != nil {
		return fmt.Errorf("pg_ctl promote: %w\n%s", err, out)
	}
	return nil
}

// writeOwned writes a file that belongs to the server's user.
func (c *Cluster) writeOwned(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil || c.account == nil {
		return err
	}
	return os.Chown(path, int(c.account.Uid), int(c.account.Gid))
}
