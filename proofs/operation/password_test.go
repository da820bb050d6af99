package operation

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/countersign/countersign/proofs/site"
)

// TestAPasswordIsRotatedWithoutARestart has a role of its own whose password changes. The file of the database URL is
// replaced; the replica reads it when it connects anew.
func TestAPasswordIsRotatedWithoutARestart(t *testing.T) {
	t.Parallel()
	s := site.New(t, site.Options{})
	db := connected(t, s.DatabaseURL)
	db.exec("CREATE ROLE app LOGIN PASSWORD 'first' IN ROLE pg_read_all_data, pg_write_all_data")
	u, file := parsed(t, s.DatabaseURL), filepath.Join(t.TempDir(), "url")
	replaceURL(t, file, u, "first")
	if err := s.NewReplica("", "COUNTERSIGN_DATABASE_URL_FILE="+file).Start(); err != nil {
		t.Fatal(err)
	}
	ready, client := watched(t, s, 1), s.Client(1)
	ready.is(http.StatusOK, noticed)
	alice := enrolled(t, client, "alice")

	replaceURL(t, file, u, "second%40")
	alice.logsIn(t, client) // over connections that there are
	db.exec("ALTER ROLE app PASSWORD 'second@'")
	endSessionsOf(db, "app")
	t.Logf("a login %v after its sessions have ended, with the new password in the file", alice.comesIn(t, client, noticed/3))
	ready.stays(http.StatusOK, noticed/2)

	db.exec("ALTER ROLE app PASSWORD 'third'")
	endSessionsOf(db, "app")
	t.Logf("not ready %v after the password has changed and the file has not", ready.is(http.StatusServiceUnavailable, noticed))
	alice.refused(t, client)
	replaceURL(t, file, u, "third")
	t.Logf("ready %v after the file has changed too", ready.is(http.StatusOK, noticed))
	alice.logsIn(t, client)
}

func endSessionsOf(db admin, role string) {
	db.t.Helper()
	db.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", role)
}

// replaceURL puts the file in the place of the one before, as mounted secrets are.
func replaceURL(t *testing.T, file string, u *url.URL, password string) {
	t.Helper()
	text := "postgres://app:" + password + "@" + u.Host + u.Path + "?" + u.RawQuery + "\n"
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}
