//go:build prove_operation

package operation

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/proofs/site"
)

// TestAStandbyIsNotReadyUntilItIsPromoted points one replica at a hot standby, and another at both servers with
// target_session_attrs=read-write. The primary stops, the standby is promoted, and nobody restarts a replica.
func TestAStandbyIsNotReadyUntilItIsPromoted(t *testing.T) {
	t.Parallel()
	s := site.New(t, site.Options{})
	alice := enrolled(t, s.Client(0), "alice")
	second := replicate(t, s)
	primary, standby := connected(t, s.DatabaseURL), connected(t, second.URL())
	caughtUp(primary, standby)

	onStandby, onBoth := serving(t, s, second.URL()), serving(t, s, bothHosts(t, s.DatabaseURL, second.URL()))
	t.Logf("the replica with both hosts is ready %v after its start", onBoth.is(http.StatusOK, noticed))
	onStandby.stays(http.StatusServiceUnavailable, 2*time.Second)
	alice.refused(t, s.Client(1))
	alice.logsIn(t, s.Client(2))
	caughtUp(primary, standby)

	if err := s.Cluster.Stop(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	t.Logf("the replica with both hosts is not ready %v after the primary has gone", onBoth.is(http.StatusServiceUnavailable, noticed))
	alice.refused(t, s.Client(2))
	onStandby.stays(http.StatusServiceUnavailable, time.Second)
	if err := second.Promote(); err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after the promotion: after %v on what was the standby, after %v more with both hosts",
		onStandby.is(http.StatusOK, noticed), onBoth.is(http.StatusOK, noticed))
	alice.logsIn(t, s.Client(1))
	alice.logsIn(t, s.Client(2))
	if o := (attempt{person: alice, step: alice.Last, key: "replay"}).send(t.Context(), s.Client(1)); !o.Is("code_invalid") {
		t.Errorf("a code that was spent on the former primary is answered %v", o)
	}
}

// replicate puts up a hot standby of the site's cluster. It ends with the test.
func replicate(t *testing.T, s *site.Site) *pgtest.Cluster {
	t.Helper()
	standby, err := s.Cluster.Standby("", standbyName, pgtest.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := standby.Close(); err != nil {
			t.Error(err)
		}
	})
	return standby
}

const standbyName = "second"

// caughtUp waits until the standby has replayed all that the primary has written.
func caughtUp(primary, standby admin) {
	primary.t.Helper()
	var written string
	if err := primary.QueryRow(primary.t.Context(), "SELECT pg_current_wal_flush_lsn()::text").Scan(&written); err != nil {
		primary.t.Fatal(err)
	}
	standby.until(1, "SELECT count(*) WHERE pg_last_wal_replay_lsn() >= $1::pg_lsn", written)
}

// serving starts a replica on a database and watches it.
func serving(t *testing.T, s *site.Site, databaseURL string) *watch {
	t.Helper()
	if err := s.NewReplica(databaseURL).Start(); err != nil {
		t.Fatal(err)
	}
	return watched(t, s, len(s.Replicas)-1)
}

// bothHosts is a URL of the same database on either server, whichever can be written to.
func bothHosts(t *testing.T, one, other string) string {
	t.Helper()
	u, second := parsed(t, one), parsed(t, other)
	u.Host += "," + second.Host
	u.RawQuery += "&target_session_attrs=read-write"
	return u.String()
}
