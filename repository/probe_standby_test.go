package repository_test

import (
	"context"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/readiness"
)

// Commits of this server wait for a synchronous standby that there is not, but
// for those that say that they do not want to.
func TestACommitThatNoStandbyConfirmsIsNone(t *testing.T) {
	t.Parallel()
	cluster, err := pgtest.Start("", pgtest.Options{Settings: map[string]string{
		"synchronous_standby_names": "gone", "synchronous_commit": "local",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Close() })
	migrated(t, cluster.URL())
	store := open(t, with(cluster.URL(), "synchronous_commit=on"), repository.Options{})

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	wantFault(t, store.Readiness().ProbeWrite(ctx), readiness.DatabaseNotCommitting)

	// The wait may be cancelled too. The server then says that all went well, and
	// warns.
	admin := connect(t, cluster.URL())
	ended := make(chan error, 1)
	go func() { ended <- store.Readiness().ProbeWrite(t.Context()) }()
	for {
		mustExec(t, admin, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
		select {
		case err := <-ended:
			wantFault(t, err, readiness.DatabaseNotCommitting)
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
