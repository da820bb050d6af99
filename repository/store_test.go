package repository_test

import (
	"path/filepath"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/repotest"
	"github.com/countersign/countersign/service"
)

func TestSQLiteKeepsTheContract(t *testing.T) {
	t.Parallel()
	repotest.Run(t, func(t *testing.T) service.Store { return migrated(t, sqliteURL(t)) })
}

func TestPostgreSQLKeepsTheContract(t *testing.T) {
	t.Parallel()
	repotest.Run(t, func(t *testing.T) service.Store { return migrated(t, pgtest.URL(t)) })
}

func sqliteURL(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "data", "countersign.db")
}

// engines gives each engine's name and a maker of empty databases.
var engines = []struct {
	name string
	url  func(t *testing.T) string
}{
	{"sqlite", sqliteURL},
	{"postgres", func(t *testing.T) string { return pgtest.URL(t) }},
}

func open(t *testing.T, url string, opts repository.Options) *repository.Store {
	t.Helper()
	store, err := repository.Open(t.Context(), url, opts)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return store
}

func migrated(t *testing.T, url string) *repository.Store {
	t.Helper()
	store := open(t, url, repository.Options{})
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}
