package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

// One use of a copy looks like an answer that was lost. What tells is a secret that
// comes although another one was taken up in its place.
func TestACopyUsedOnceIsSeenWhenAReplacedSecretComes(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	copied := w.enroll("ada", domain.RoleMember).remembered().Secret
	wantThefts := func(want ...domain.Action) {
		t.Helper()
		if diff := cmp.Diff(want, w.actionsOf("ada", domain.ActionBrowserTheft)); diff != "" {
			t.Error(diff)
		}
	}
	replaced := w.wantShown("ada", copied, "remembered_browser") // one of the two
	w.clock.advance(time.Minute)
	next := w.wantShown("ada", copied, "remembered_browser") // the other
	next = w.wantShown("ada", next, "remembered_browser")
	w.clock.advance(time.Minute)
	next = w.wantShown("ada", next, "remembered_browser")
	wantThefts()
	w.wantShown("ada", replaced, "enrolled") // the first comes again
	w.wantShown("ada", next, "enrolled")
	wantThefts(domain.ActionBrowserTheft)
}
