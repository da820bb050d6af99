package repository_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
)

func TestAnErrorOfOpenDoesNotTellThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "sqlite:", "mysql://root:hunter2@localhost/x", "hunter2", "postgres://u:hunter2@localhost:0x/db",
		"postgres://u:hunter2@127.0.0.1:1/db?sslmode=disable", "postgres://u:hunter2@127.0.0.1:1/db?sslmode=hunter2",
		"postgres://u:hunter2@[/db",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			store, err := repository.Open(t.Context(), url, repository.Options{})
			if err == nil {
				store.Close()
				t.Fatal("opened")
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in %q", err)
			}
		})
	}
}

func TestTheFilesOfSQLiteAreItsOwnersAlone(t *testing.T) {
	t.Parallel()
	// The directory exists, and others may enter it.
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	store := migrated(t, "sqlite:"+filepath.Join(dir, "new", "countersign.db"))
	beside := migrated(t, "sqlite:"+filepath.Join(dir, "countersign.db"))
	for _, s := range []*repository.Store{store, beside} {
		if _, err := s.Tenants(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		files++
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("%d files, error %v", files, err)
	}
}

func TestAPathIsAPathWhateverItHolds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.db", "a?mode=memory.db", "a#b.db", "a%20b.db", "ä.db", "a&_pragma=x.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			migrated(t, "sqlite:"+path)
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Errorf("the database is not in its file: %v", err)
			}
		})
	}
}

func TestARelativePathIsBelowTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	migrated(t, "sqlite:data/countersign.db")
	if _, err := os.Stat("data/countersign.db"); err != nil {
		t.Error(err)
	}
}

// Whoever sends commits side by side wants to know how many make sense.
func TestAStoreSaysHowManyWriteSideBySide(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]int{sqliteURL(t): 1, pgtest.URL(t): 7} {
		store, err := repository.Open(t.Context(), url, repository.Options{MaxConnections: 7})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		if got := store.Writers(); got != want {
			t.Errorf("%d on %s, want %d", got, url, want)
		}
	}
}
