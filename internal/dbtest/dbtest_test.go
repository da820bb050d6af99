package dbtest_test

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
)

func TestACopyIsMigratedAndItsOwn(t *testing.T) {
	t.Parallel()
	for name, copied := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, other := copied(t), copied(t)
			if one == other {
				t.Fatalf("two copies have one URL, %s", strings.SplitAfter(one, ":")[0])
			}
			for _, url := range []string{one, other} {
				store, err := repository.Open(t.Context(), url, repository.Options{})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = store.Close() })
				if err := store.Migrator().Migrated(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
