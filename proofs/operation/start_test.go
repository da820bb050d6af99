package operation

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// TestTheWaitForADatabaseAtTheStartIsBounded has no database at all.
func TestTheWaitForADatabaseAtTheStartIsBounded(t *testing.T) {
	t.Parallel()
	s := site.New(t, site.Options{SQLite: true})
	const nobody = "postgres://countersign:secret@127.0.0.1:1/countersign?sslmode=disable"
	for _, test := range []struct {
		name, url, timeout string
		most               time.Duration
	}{
		{"nobody listens", nobody, "2s", 10 * time.Second},
		{"it is not waited for", nobody, "0s", 5 * time.Second},
	} {
		r, began := s.NewReplica(test.url, "COUNTERSIGN_START_TIMEOUT="+test.timeout), time.Now()
		err := r.Start()
		took := time.Since(began)
		t.Logf("%s, COUNTERSIGN_START_TIMEOUT=%s: %v after %v", test.name, test.timeout, err, took.Round(10*time.Millisecond))
		if err == nil || took > test.most || !strings.Contains(err.Error(), "database") {
			t.Errorf("%s: %v after %v, want a sentence on the database within %v", test.name, err, took, test.most)
		}
	}
}
