package operation

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// TestADatabaseThatIsReadOnlyIsNotReady sets default_transaction_read_only, as operators do before they move a
// database. What sessions began with they keep, so that these are ended, as such a move ends them.
func TestADatabaseThatIsReadOnlyIsNotReady(t *testing.T) {
	t.Parallel()
	s := site.New(t, site.Options{})
	alice, db := enrolled(t, s.Client(0), "alice"), connected(t, s.DatabaseURL)
	db.exec("SET default_transaction_read_only = off")
	ready := watched(t, s, 0)
	ready.is(http.StatusOK, noticed)

	db.exec("ALTER DATABASE postgres SET default_transaction_read_only = on")
	db.endSessions()
	t.Logf("not ready %v after the database became read-only", ready.is(http.StatusServiceUnavailable, noticed))
	ready.stays(http.StatusServiceUnavailable, 2*time.Second)
	alice.refused(t, s.Client(0))
	if o := s.Client(0).Call(t.Context(), http.MethodGet, "/healthz", nil); !o.OK() {
		t.Errorf("/healthz is answered %v", o)
	}

	db.exec("ALTER DATABASE postgres RESET default_transaction_read_only")
	t.Logf("a login %v after it can be written to, with the sessions it had; ready after %v more",
		alice.comesIn(t, s.Client(0), noticed), ready.is(http.StatusOK, noticed))
}
