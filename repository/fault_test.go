package repository_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/proofs/site"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/repotest"
	"github.com/countersign/countersign/service/store"
)

func TestSQLiteTellsFaultsByTheErrorsOfTheService(t *testing.T) {
	t.Parallel()
	repotest.RunFaults(t, map[repotest.Fault]func(t *testing.T) store.Store{
		repotest.StoreClosed: func(t *testing.T) store.Store { return closed(t, dbtest.SQLite(t)) },
		repotest.DiskFull: func(t *testing.T) store.Store {
			store := migrated(t, dbtest.SQLite(t))
			if err := store.FillDisk(t.Context()); err != nil {
				t.Fatal(err)
			}
			return store
		},
	})
}

func TestPostgreSQLTellsFaultsByTheErrorsOfTheService(t *testing.T) {
	t.Parallel()
	repotest.RunFaults(t, map[repotest.Fault]func(t *testing.T) store.Store{
		repotest.StoreClosed: func(t *testing.T) store.Store { return closed(t, dbtest.PostgreSQL(t)) },
		repotest.ServerGone: func(t *testing.T) store.Store {
			proxy := site.NewProxy(t, dbtest.PostgreSQL(t))
			store := migrated(t, proxy.URL())
			proxy.Set(site.Fault{Refuse: true})
			return store
		},
		repotest.ServerStops: func(t *testing.T) store.Store { return refusing(t, "admin_shutdown") },
		repotest.OthersFirst: func(t *testing.T) store.Store { return refusing(t, "serialization_failure") },
		repotest.DiskFull:    func(t *testing.T) store.Store { return refusing(t, "disk_full") },
		repotest.TooSlow: func(t *testing.T) store.Store {
			database := dbtest.PostgreSQL(t)
			migrated(t, database)
			conn := connect(t, database)
			mustExec(t, conn, "BEGIN")
			mustExec(t, conn, "LOCK TABLE "+strings.Join(tables, ", "))
			const limit = 100 * time.Millisecond
			return open(t, database, repository.Options{StatementTimeout: limit, ListTimeout: limit})
		},
	})
}

func closed(t *testing.T, url string) store.Store {
	t.Helper()
	store := migrated(t, url)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return store
}

// refuse makes a view of a table, over which every statement fails, whether or
// not there are rows.
const refuse = `
ALTER TABLE %[1]s RENAME TO %[1]s_rows;
CREATE VIEW %[1]s AS SELECT * FROM %[1]s_rows WHERE refuse();
CREATE TRIGGER refuse BEFORE INSERT ON %[1]s_rows FOR EACH STATEMENT EXECUTE FUNCTION refuse_insert()`

func refusing(t *testing.T, state string) store.Store {
	t.Helper()
	database := dbtest.PostgreSQL(t)
	store := migrated(t, database)
	conn := connect(t, database)
	for returns, name := range map[string]string{"boolean": "refuse", "trigger": "refuse_insert"} {
		mustExec(t, conn, fmt.Sprintf("CREATE FUNCTION %s() RETURNS %s LANGUAGE plpgsql STABLE AS "+
			"$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '%s'; END $$", name, returns, state))
	}
	for _, table := range tables {
		mustExec(t, conn, fmt.Sprintf(refuse, table))
	}
	return store
}
