package repository_test

import (
	"testing"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
)

// A session keeps what it began with. Whoever made the database writable again need restart nobody.
func TestSessionsThatBeganReadOnlyEndWithTheReason(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(t *testing.T, s *repository.Store) error{
		"of a commit": func(t *testing.T, s *repository.Store) error { return s.Commit(t.Context(), newUsers(1))[0] },
		"of a probe":  func(t *testing.T, s *repository.Store) error { return s.Readiness().ProbeWrite(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := dbtest.PostgreSQL(t)
			migrated(t, database)
			admin := connect(t, database)
			of := "ALTER DATABASE " + admin.Config().Database
			mustExec(t, admin, of+" SET default_transaction_read_only = on")
			store := open(t, database, repository.Options{})
			if err := write(t, store); err == nil {
				t.Fatal("a database that is read-only was written to")
			}
			mustExec(t, admin, of+" RESET default_transaction_read_only")
			for err := write(t, store); err != nil; err = write(t, store) {
				if t.Context().Err() != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
