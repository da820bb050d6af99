package repository_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/sqlite"
)

func TestOneProcessServesAnSQLiteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "my.db"), filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	stores := []*repository.Store{migrated(t, "sqlite:"+path), migrated(t, "sqlite:"+path), migrated(t, "sqlite:"+link)}
	release, err := stores[0].ClaimServing()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{path, link} {
		_, err := stores[1+i].ClaimServing()
		if !errors.As(err, new(*sqlite.ServedError)) || !strings.Contains(err.Error(), name) ||
			!strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
			t.Errorf("a second one is told: %v", err)
		}
	}
	release()
	again, err := stores[2].ClaimServing()
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestAnyNumberServePostgreSQL(t *testing.T) {
	t.Parallel()
	store := migrated(t, pgtest.URL(t))
	for range 2 {
		if _, err := store.ClaimServing(); err != nil {
			t.Error(err)
		}
	}
}
