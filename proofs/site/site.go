package site

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// Options of an installation. The zero value is one replica on a durable PostgreSQL, with an ordinary tenant.
type Options struct {
	// Replicas is how many processes serve; 0 is one.
	Replicas int
	// SQLite puts the data into a file instead of a cluster.
	SQLite bool
	// Sandbox makes the first tenant a sandbox.
	Sandbox bool
	// ReplicaURL, when set, says which database URL the replica of that number is given in place of the
	// direct one: a proxy's, say.
	ReplicaURL func(replica int, direct string) string
	// Environment is further settings of every replica, NAME=value.
	Environment []string
	// Binary is the countersign to run; empty: the one of this module. See [Site.Command] for another beside it.
	Binary string
	// SQLiteDir is where the file of SQLite is made; empty: a directory of its own.
	SQLiteDir string
	// PostgresDir is where the cluster is made; empty: the usual place.
	PostgresDir string
	// PostgresSettings are the server's own, by name.
	PostgresSettings map[string]string
}

// Site is an installation. It ends with the test.
type Site struct {
	// Cluster is the PostgreSQL server; nil on SQLite. Whoever stops it starts it again.
	Cluster *pgtest.Cluster
	// DatabaseURL reaches the database directly.
	DatabaseURL string
	// Replicas are the processes, started and ready.
	Replicas []*Replica
	// Tenant is the first one.
	Tenant Tenant

	t       testing.TB
	options Options
	dir     string
	binary  string
}

// Tenant is a tenant with its service key.
type Tenant struct {
	Name string `json:"tenant"`
	Key  string `json:"api_key"`
}

// Issuer is the base URL that tokens name, whichever replica signed them.
const Issuer = "https://countersign.test"

const readyTimeout = time.Minute

// New puts up an installation and waits until every replica is ready. When the test fails, what the replicas
// logged is shown; a replica that ended by itself, or panicked, fails it.
func New(t testing.TB, o Options) *Site {
	t.Helper()
	s := &Site{t: t, options: o, dir: t.TempDir(), binary: o.Binary}
	if s.binary == "" {
		s.binary = processtest.Binary(t)
	}
	s.makeDatabase()
	s.Tenant = s.NewTenant("acme", o.Sandbox)
	for n := range max(1, o.Replicas) {
		s.AddReplica(n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), readyTimeout)
	defer cancel()
	for _, r := range s.Replicas {
		if err := r.Ready(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *Site) makeDatabase() {
	s.t.Helper()
	if s.options.SQLite {
		s.DatabaseURL = "sqlite:" + filepath.Join(cmp.Or(s.options.SQLiteDir, s.dir), "countersign.db")
		return
	}
	var err error
	s.Cluster, err = pgtest.Start(s.options.PostgresDir, pgtest.Options{Durable: true, Settings: s.options.PostgresSettings})
	if err != nil {
		s.t.Fatalf("a PostgreSQL for this test: %v", err)
	}
	s.t.Cleanup(func() {
		if err := s.Cluster.Close(); err != nil {
			s.t.Errorf("ending PostgreSQL: %v", err)
		}
	})
	s.DatabaseURL = s.Cluster.URL()
	s.Run("keys", "init")
	s.Run("migrate")
}

// AddReplica starts a further replica, the n-th, which need not be ready yet.
func (s *Site) AddReplica(n int) *Replica {
	s.t.Helper()
	url := s.DatabaseURL
	if s.options.ReplicaURL != nil {
		url = s.options.ReplicaURL(n, url)
	}
	r := s.NewReplica(url)
	if err := r.Start(); err != nil {
		s.t.Fatal(err)
	}
	return r
}

// NewReplica is a further replica on a database, with settings of its own, NAME=value, which is not started. The
// next [Site.Client] is its.
func (s *Site) NewReplica(databaseURL string, environment ...string) *Replica {
	r := newReplica(fmt.Sprintf("replica %d", len(s.Replicas)), s, databaseURL, environment)
	s.Replicas = append(s.Replicas, r)
	s.t.Cleanup(r.end)
	return r
}

// NewTenant makes a further tenant by the command line.
func (s *Site) NewTenant(name string, sandbox bool) Tenant {
	s.t.Helper()
	args := []string{"tenant", "create", name, "--output", "json"}
	if sandbox {
		args = append(args, "--sandbox")
	}
	var tenant Tenant
	if err := json.Unmarshal(s.Run(args...), &tenant); err != nil || tenant.Key == "" {
		s.t.Fatalf("tenant create answered no tenant: %v", err)
	}
	return tenant
}

// Run carries out a command of countersign on this site and returns what it printed.
func (s *Site) Run(args ...string) []byte {
	s.t.Helper()
	cmd := s.Command(s.t.Context(), s.DatabaseURL, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("countersign %v: %v\n%s", args, err, stderr.String())
	}
	return out
}

// Command is a command of countersign on a database with this site's keyset. It ends with ctx, and with this
// process.
func (s *Site) Command(ctx context.Context, databaseURL string, args ...string) *exec.Cmd {
	return process.Command(ctx, s.dir, s.settings(databaseURL), s.binary, args...)
}

// settings are those of every process.
func (s *Site) settings(databaseURL string) []string {
	return []string{"COUNTERSIGN_DATABASE_URL=" + databaseURL, "COUNTERSIGN_KEYSET=" + s.KeysetFile()}
}

// KeysetFile is the path of the keyset.
func (s *Site) KeysetFile() string { return filepath.Join(s.dir, "countersign.keyset") }
