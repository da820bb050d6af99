package repository_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/readiness"
)

// wantFull says that a write failed for a full disk, that nothing of it holds,
// and that readiness says so.
func wantFull(t *testing.T, store *repository.Store) {
	t.Helper()
	for _, err := range store.Commit(t.Context(), largeUsers()) {
		if !errors.Is(err, domain.ErrUnavailable) || !errors.Is(err, repository.ErrDiskFull) || errors.Is(err, domain.ErrOutcomeUnknown) {
			t.Errorf("a write without room ends with %v", err)
		}
	}
	if users, err := store.Users(t.Context(), "acme", domain.UserFilter{}); err != nil || len(users) > 0 {
		t.Errorf("%d users are stored, %v", len(users), err)
	}
	wantFault(t, store.Readiness().ProbeWrite(t.Context()), readiness.DatabaseDiskFull)
}

// largeUsers need many pages.
func largeUsers() []domain.Change {
	changes := newUsers(8)
	for _, c := range changes {
		c.User.DisplayName = strings.Repeat("x", 40_000)
	}
	return changes
}

func TestAFullDiskIsCalledOneOnSQLite(t *testing.T) {
	t.Parallel()
	store := migrated(t, sqliteURL(t))
	if err := store.FillDisk(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFull(t, store)
}

func TestAFullDiskIsCalledOneOnPostgreSQL(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	store := migrated(t, database)
	mustExec(t, connect(t, database), "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "+
		"$$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$; "+
		"CREATE TRIGGER full_disk BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION full_disk()")
	wantFull(t, store)
}

// Nobody need have failed for the probe to notice.
func TestAProbeFindsAFullDiskByItself(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	store := open(t, url, repository.Options{})
	if err := store.Migrator().Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	schemaOf(t, url, "countersign_schema_versions").exec("CREATE TRIGGER grows AFTER INSERT ON write_probe BEGIN " +
		"INSERT INTO answers SELECT 'acme', 'key', randomblob(100000), 0, 0; END")
	if err := store.FillDiskOfProbe(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFault(t, store.Readiness().ProbeWrite(t.Context()), readiness.DatabaseDiskFull)
}
