package pgtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
)

func TestWhatWasCommittedSurvives(t *testing.T) {
	t.Parallel()
	cluster := start(t, pgtest.Options{})
	mustExec(t, connect(t, cluster.URL()), "CREATE TABLE thing (id int)")
	for i, end := range []struct {
		name string
		do   func() error
	}{
		{"a fast stop", func() error { return cluster.Stop(pgtest.Fast) }},
		{"an immediate stop", func() error { return cluster.Stop(pgtest.Immediate) }},
		{"a kill", cluster.Kill},
	} {
		mustExec(t, connect(t, cluster.URL()), "INSERT INTO thing VALUES (1)")
		if err := end.do(); err != nil {
			t.Fatalf("%s: %v", end.name, err)
		}
		if _, err := pgx.Connect(t.Context(), cluster.URL()); err == nil {
			t.Fatalf("after %s the server still answers", end.name)
		}
		if err := cluster.Restart(); err != nil {
			t.Fatalf("restart after %s: %v", end.name, err)
		}
		if n := count(t, connect(t, cluster.URL()), "SELECT count(*) FROM thing"); n != i+1 {
			t.Errorf("after %s and a restart there are %d rows, want %d", end.name, n, i+1)
		}
	}
}

func TestClosedClusterLeavesNothing(t *testing.T) {
	t.Parallel()
	cluster := start(t, pgtest.Options{})
	if err := cluster.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(cluster.DataDir)); !os.IsNotExist(err) {
		t.Errorf("the cluster's directory: %v, want it gone", err)
	}
	if _, err := pgx.Connect(t.Context(), cluster.URL()); err == nil {
		t.Error("the server still answers")
	}
}

func TestOptionsReachTheServer(t *testing.T) {
	t.Parallel()
	cluster := start(t, pgtest.Options{Durable: true, Settings: map[string]string{
		"max_connections": "17", "cluster_name": "it's mine",
	}})
	conn := connect(t, cluster.URL())
	for name, want := range map[string]string{
		"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "max_connections": "17", "cluster_name": "it's mine",
	} {
		var got string
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v; want %q", name, got, err, want)
		}
	}
	if strings.HasPrefix(cluster.DataDir, "/dev/shm/") {
		t.Errorf("a durable cluster is in memory: %s", cluster.DataDir)
	}
}

func TestRunningClusterIsNotStartedTwice(t *testing.T) {
	t.Parallel()
	if err := start(t, pgtest.Options{}).Restart(); err == nil {
		t.Error("a second start of a running cluster succeeded")
	}
}

func start(t *testing.T, options pgtest.Options) *pgtest.Cluster {
	t.Helper()
	cluster, err := pgtest.Start("", options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	return cluster
}
