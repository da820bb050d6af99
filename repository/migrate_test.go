package repository_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/migrate"
	"github.com/countersign/countersign/service/domain"
)

func TestManyProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		const processes = 24
		errs := make([]error, processes)
		var done sync.WaitGroup
		for i := range processes {
			done.Go(func() { errs[i] = startAndUse(t, url) })
		}
		done.Wait()
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// startAndUse does what a process does that migrates at its start.
func startAndUse(t *testing.T, url string) error {
	store, err := repository.Open(t.Context(), url, repository.Options{MaxConnections: 2})
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Migrator().Migrate(t.Context()); err != nil {
		return err
	}
	if err := store.Migrator().Migrated(t.Context()); err != nil {
		return err
	}
	_, err = store.Tenants(t.Context())
	return err
}

func TestASchemaThatIsMissingIsNamedWithItsRemedy(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		store := open(t, url, repository.Options{})
		for range 2 { // asking changes nothing
			err := store.Migrator().Migrated(t.Context())
			if !errors.Is(err, migrate.ErrNotMigrated) {
				t.Fatalf("Migrated before migrating: %v", err)
			}
			if !strings.Contains(err.Error(), "countersign migrate") {
				t.Errorf("%q does not say what to do", err)
			}
		}
		for range 2 {
			if err := store.Migrator().Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := store.Migrator().Migrated(t.Context()); err != nil {
				t.Fatalf("Migrated after migrating: %v", err)
			}
		}
	})
}

func TestMigratingAgainKeepsWhatIsStored(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		store := migrated(t, url)
		tenant := domain.Tenant{ID: "acme", Edition: domain.EditionServer, Policy: domain.DefaultPolicy()}
		if err := store.Commit(t.Context(), []domain.Change{{TenantID: "acme", Tenant: &tenant}})[0]; err != nil {
			t.Fatal(err)
		}
		if err := store.Migrator().Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := migrated(t, url).Tenant(t.Context(), "acme"); err != nil {
			t.Error(err)
		}
	})
}
