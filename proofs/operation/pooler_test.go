//go:build prove_operation

package operation

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/proofs/site"
)

// migrates bounds one `migrate`, beside others.
const migrates = 30 * time.Second

// TestMigratingThroughAPoolerHangsNobodyAndLeavesNoLock has PgBouncer in transaction mode between, as documented, and a
// database with settings that change how values are written.
func TestMigratingThroughAPoolerHangsNobodyAndLeavesNoLock(t *testing.T) {
	t.Parallel()
	s := site.New(t, site.Options{})
	db := connected(t, s.DatabaseURL)
	for _, size := range []string{"20", "2"} {
		t.Run("a pool of "+size, func(t *testing.T) {
			pooler := pooled(t, s, map[string]string{"default_pool_size": size})
			db.exec("CREATE DATABASE pooled" + size)
			throughPooler(t, s, pooler.URL("pooled"+size), db)
		})
	}
}

func pooled(t *testing.T, s *site.Site, settings map[string]string) *pgtest.Pooler {
	t.Helper()
	pooler, err := s.Cluster.Pool(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pooler.Close(); err != nil {
			t.Error(err)
		}
	})
	return pooler
}

func throughPooler(t *testing.T, s *site.Site, databaseURL string, db admin) {
	name := strings.TrimPrefix(parsed(t, databaseURL).Path, "/")
	for setting, value := range map[string]string{"bytea_output": "escape", "datestyle": "'German'", "intervalstyle": "sql_standard"} {
		db.exec("ALTER DATABASE " + name + " SET " + setting + " = " + value)
	}
	for _, round := range []string{"that is empty", "that is up to date"} {
		since := time.Now()
		fiveMigrate(t, s, databaseURL)
		locks := db.count("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
		t.Logf("five migrations at once of a database %s took %v and left %d advisory locks", round, time.Since(since).Round(time.Millisecond), locks)
		if locks != 0 {
			t.Errorf("%d advisory locks were left", locks)
		}
	}

	key := tenantOn(t, s, databaseURL)
	ready := serving(t, s, databaseURL)
	client := s.Client(len(s.Replicas) - 1).As(key)
	t.Logf("ready %v after the start", ready.is(http.StatusOK, noticed))
	alice := enrolled(t, client, "alice")
	for range 5 {
		alice.logsIn(t, client)
	}
	if o := client.Recover(t.Context(), "alice", alice.RecoveryCodes[0]); !o.OK() {
		t.Errorf("a recovery code is answered %v", o)
	}
	if o := client.Events(t.Context(), nil); !o.OK() {
		t.Errorf("the audit trail is answered %v", o)
	}
	ready.stays(http.StatusOK, 2*time.Second)
}

func fiveMigrate(t *testing.T, s *site.Site, databaseURL string) {
	t.Helper()
	var running sync.WaitGroup
	for range 5 {
		running.Go(func() { _ = run(t, s, databaseURL, migrates, "migrate") })
	}
	running.Wait()
}

// run carries out a command within a time, which it has to succeed in, and returns what it printed and logged.
func run(t *testing.T, s *site.Site, databaseURL string, within time.Duration, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	out, err := s.Command(ctx, databaseURL, args...).CombinedOutput()
	if err != nil {
		t.Errorf("countersign %s: %v within %v\n%s", strings.Join(args, " "), err, within, out)
	}
	return string(out)
}

// tenantOn makes a tenant on another database than the site's and returns its key.
func tenantOn(t *testing.T, s *site.Site, databaseURL string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), migrates)
	defer cancel()
	out, err := s.Command(ctx, databaseURL, "tenant", "create", "acme", "--output", "json").Output()
	var tenant site.Tenant
	if err != nil || json.Unmarshal(out, &tenant) != nil {
		t.Fatalf("tenant create: %v\n%s", err, out)
	}
	return tenant.Key
}
