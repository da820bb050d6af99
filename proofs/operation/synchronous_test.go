//go:build prove_operation

package operation

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/proofs/site"
)

// TestNobodyIsToldOfALoginThatTheSynchronousStandbyMayNotHave takes the synchronous standby away. A COMMIT then waits,
// and when somebody cancels that wait the server says that it is done, with a warning (SQLSTATE 01000): it holds on the
// primary, and is lost with it.
func TestNobodyIsToldOfALoginThatTheSynchronousStandbyMayNotHave(t *testing.T) {
	t.Parallel()
	s := site.New(t, site.Options{Replicas: 2})
	db := connected(t, s.DatabaseURL)
	alice, bob := enrolled(t, s.Client(0), "alice"), enrolled(t, s.Client(0), "bob")
	standby := synchronous(t, s, db)
	ready := watched(t, s, 0)
	ready.is(http.StatusOK, noticed)
	alice.logsIn(t, s.Client(0))

	if err := standby.Kill(); err != nil {
		t.Fatal(err)
	}
	waits, canceled := alice.next(), bob.next()
	answers := make(chan site.Outcome, 1)
	go func() { answers <- waits.send(t.Context(), s.Client(0)) }()
	t.Logf("not ready %v after the standby has gone", ready.is(http.StatusServiceUnavailable, noticed))
	isUnknown(t, "a login whose COMMIT waits", <-answers)
	go func() { answers <- canceled.send(t.Context(), s.Client(1)) }()
	isUnknown(t, "a login whose wait was canceled", canceledWaits(db, answers))
	// Its answer can be read on the primary, and would be lost with it.
	isUnknown(t, "that login, repeated with its key meanwhile", waits.send(t.Context(), s.Client(0)))
	ready.stays(http.StatusServiceUnavailable, noticed/2)

	if err := standby.Restart(); err != nil {
		t.Fatal(err)
	}
	t.Logf("ready %v after the standby is back", ready.is(http.StatusOK, noticed))
	for _, a := range []attempt{waits, canceled} {
		repeated(t, s, db, a)
	}
	alice.logsIn(t, s.Client(1))
	bob.logsIn(t, s.Client(0))
}

// synchronous puts up a standby that every COMMIT waits for.
func synchronous(t *testing.T, s *site.Site, db admin) *pgtest.Cluster {
	t.Helper()
	standby := replicate(t, s)
	db.exec("ALTER SYSTEM SET synchronous_standby_names = '" + standbyName + "'")
	db.exec("SELECT pg_reload_conf()")
	db.until(1, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
	// Before the standby ends, or no server of this test would: a fast stop waits too.
	t.Cleanup(func() {
		if err := s.Cluster.Stop(pgtest.Immediate); err != nil {
			t.Error(err)
		}
	})
	return standby
}

// canceledWaits cancels every wait for the standby, those of probes too, until a login is answered.
func canceledWaits(db admin, answers <-chan site.Outcome) site.Outcome {
	db.t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case o := <-answers:
			return o
		case <-ticker.C:
			db.exec(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
		}
	}
}

// isUnknown makes sure that nobody is told that they are logged in, nor that they are not.
func isUnknown(t *testing.T, what string, o site.Outcome) {
	t.Helper()
	took := o.Return.Sub(o.Call)
	t.Logf("%s is answered %v, Retry-After %v, after %v", what, o, o.RetryAfter, took.Round(10*time.Millisecond))
	if !o.Is("outcome_unknown") || o.RetryAfter == 0 || took > decided {
		t.Errorf("%s is answered %v, Retry-After %v, after %v; want outcome_unknown within %v", what, o, o.RetryAfter, took, decided)
	}
}

// repeated makes sure that a login, repeated with its key on either replica, has one answer and one effect.
func repeated(t *testing.T, s *site.Site, db admin, a attempt) {
	t.Helper()
	first, second := a.send(t.Context(), s.Client(0)), a.send(t.Context(), s.Client(1))
	n := db.count("SELECT count(*) FROM audit_events WHERE user_id = $1 AND action = 'verification' AND at >= $2", a.person.UserID, a.sent)
	t.Logf("%s, repeated with its key, is answered %v and %v; it is in the audit trail %d times", a.person.UserID, first, second, n)
	if !first.OK() || !second.OK() || n != 1 {
		t.Errorf("%s, repeated with its key, is answered %v and %v, with %d events; want a login, twice, and one event",
			a.person.UserID, first, second, n)
	}
}
