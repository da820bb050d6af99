package pgtest_test

import (
	"testing"
	"time"

	"github.com/countersign/countersign/internal/pgtest"
)

func TestAStandbyFollowsAndIsPromoted(t *testing.T) {
	t.Parallel()
	primary := start(t, pgtest.Options{})
	standby, err := primary.Standby("", "second", pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := standby.Close(); err != nil {
			t.Error(err)
		}
	})
	mustExec(t, connect(t, primary.URL()), "CREATE TABLE thing (id int)")
	conn := connect(t, standby.URL())
	for deadline := time.Now().Add(time.Minute); count(t, conn, "SELECT count(*) FROM pg_class WHERE relname = 'thing'") == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the standby does not follow")
		}
	}
	if _, err := conn.Exec(t.Context(), "INSERT INTO thing VALUES (1)"); err == nil {
		t.Error("a standby was written to")
	}
	if err := primary.Stop(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, "INSERT INTO thing VALUES (1)")
}
