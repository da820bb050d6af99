package operation

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// TestASecondServeOnOneSQLiteFileIsRefused by whatever path it comes. Commands beside the one that serves are not.
func TestASecondServeOnOneSQLiteFileIsRefused(t *testing.T) {
	t.Parallel()
	s := site.New(t, site.Options{SQLite: true})
	file, link := strings.TrimPrefix(s.DatabaseURL, "sqlite:"), filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	keyset := "COUNTERSIGN_KEYSET=" + s.KeysetFile()
	for _, path := range []string{file, link} {
		began := time.Now()
		err := s.NewReplica("sqlite:"+path, keyset).Start()
		if err == nil {
			t.Errorf("a second serve on %s serves", filepath.Base(path))
			continue
		}
		t.Logf("a second serve on %s is refused after %v: %v", filepath.Base(path), time.Since(began).Round(time.Millisecond), err)
		if !strings.Contains(err.Error(), "serve") {
			t.Errorf("what it says names not the serve that has the file: %v", err)
		}
	}
	s.NewTenant("beside", false)
	alice := enrolled(t, s.Client(0), "alice")
	if err := s.Replicas[0].Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Replicas[0].Start(); err != nil {
		t.Fatalf("after a crash: %v", err)
	}
	watched(t, s, 0).is(http.StatusOK, noticed)
	alice.logsIn(t, s.Client(0))
}
