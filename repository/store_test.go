package repository_test

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/repository/repotest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

func TestSQLiteKeepsTheContract(t *testing.T) {
	t.Parallel()
	repotest.RunInner(t, func(t *testing.T) batch.Inner { return twoReplicas(t, dbtest.SQLite(t)) })
}

func TestOperatorKeysKeepTheirContract(t *testing.T) {
	t.Parallel()
	for name, url := range migratedURLs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repotest.RunOperatorKeys(t, func(t *testing.T) store.OperatorKeys { return migrated(t, url(t)) })
		})
	}
}

func TestSQLiteKeepsTheContractBatched(t *testing.T) {
	t.Parallel()
	repotest.Run(t, func(t *testing.T) store.Store { return batch.New(twoReplicas(t, dbtest.SQLite(t)), nil) })
}

func TestPostgreSQLKeepsTheContract(t *testing.T) {
	t.Parallel()
	repotest.RunInner(t, func(t *testing.T) batch.Inner { return twoReplicas(t, dbtest.PostgreSQL(t)) })
}

func TestPostgreSQLKeepsTheContractBatched(t *testing.T) {
	t.Parallel()
	repotest.Run(t, func(t *testing.T) store.Store { return batch.New(twoReplicas(t, dbtest.PostgreSQL(t)), nil) })
}

// replicas are two processes on one database, as the service runs.
type replicas struct {
	batch.Inner
	other batch.Inner
	turn  *atomic.Int64
}

func twoReplicas(t *testing.T, url string) batch.Inner {
	return replicas{migrated(t, url), migrated(t, url), new(atomic.Int64)}
}

func (r replicas) next() batch.Inner {
	if r.turn.Add(1)%2 == 0 {
		return r.Inner
	}
	return r.other
}

func (r replicas) Commit(ctx context.Context, changes []domain.Change) []error {
	return r.next().Commit(ctx, changes)
}

func (r replicas) UpdateKeys(ctx context.Context, update func([]domain.Key) ([]domain.Key, error)) error {
	return r.next().UpdateKeys(ctx, update)
}

func (r replicas) RecordServiceKeyUse(ctx context.Context, tenantID, keyID string, at time.Time, interval time.Duration) (bool, error) {
	return r.next().RecordServiceKeyUse(ctx, tenantID, keyID, at, interval)
}

// with adds a parameter to a URL.
func with(url, parameter string) string {
	if strings.Contains(url, "?") {
		return url + "&" + parameter
	}
	return url + "?" + parameter
}

func sqliteURL(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "data", "countersign.db")
}

// migratedURLs make a migrated database of each engine.
var migratedURLs = map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL}

// onEachMigrated runs a test on a migrated database of each engine.
func onEachMigrated(t *testing.T, test func(t *testing.T, url string)) {
	for name, url := range migratedURLs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, url(t))
		})
	}
}

// onEachEngine runs a test on an empty database of each engine.
func onEachEngine(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, sqliteURL(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, pgtest.URL(t))
	})
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

func TestThePoolsAreShownEachOnce(t *testing.T) {
	t.Parallel()
	for url, want := range map[string][]string{sqliteURL(t): {"lists", "main", "writer"}, pgtest.URL(t): {"lists", "main"}} {
		pools := open(t, url, repository.Options{MaxConnections: 7}).Pools()
		if got := slices.Sorted(maps.Keys(pools)); !slices.Equal(got, want) {
			t.Errorf("the pools are %v, want %v", got, want)
		}
		if got := pools["main"].Stats().MaxOpenConnections; got != 7 {
			t.Errorf("the main pool has %d connections, want 7", got)
		}
	}
}

func migrated(t *testing.T, url string) *repository.Store {
	t.Helper()
	store := open(t, url, repository.Options{})
	if err := store.Migrator().Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}
