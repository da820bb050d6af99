// Package dbtest gives tests databases that are migrated already: copies of one
// that was migrated once, which take a part of the time that its migrations take.
// Tests of the migrations themselves begin with an empty database.
package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
)

// PostgreSQL returns the URL of a migrated database, which is dropped when the
// test ends.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	naming.Do(func() { template, errName = nameTemplate(pgtest.URL(t)) })
	if errName != nil {
		t.Fatalf("name the template after its migrations: %v", errName)
	}
	return pgtest.CopyURL(t, template, migrate)
}

// SQLite returns the URL of a migrated database in the test's own directory.
func SQLite(t testing.TB) string {
	t.Helper()
	content, err := file()
	if err != nil {
		t.Fatalf("migrate a file of SQLite: %v", err)
	}
	path := filepath.Join(t.TempDir(), "countersign.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

var (
	naming   sync.Once
	template string
	errName  error
)

// nameTemplate returns a name that changes with the content of the migrations.
func nameTemplate(url string) (name string, err error) {
	store, err := repository.Open(context.Background(), url, repository.Options{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	hash, source := sha256.New(), store.Migrator().Source
	err = fs.WalkDir(source, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(source, path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(hash, "%s %d\n%s", path, len(text), text)
		return err
	})
	return "countersign_template_" + hex.EncodeToString(hash.Sum(nil))[:16], err
}

// file is the content of a migrated file of SQLite.
var file = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "countersign-dbtest-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "countersign.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(url string) (err error) {
	store, err := repository.Open(context.Background(), url, repository.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return store.Migrator().Migrate(context.Background())
}
