package repository_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
)

const hostsTable = `CREATE TABLE goose_db_version (id integer PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp)`

// A host that keeps its own migrations in the same schema, with goose, has the
// same numbers as ours.
func TestAHostsVersionsAreNotTakenForOurs(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(schema){
		"before ours": func(s schema) {},
		"beside ours": func(s schema) { migrated(s.T, s.url) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachEngine(t, func(t *testing.T, url string) {
				s := schemaOf(t, url, "another_table")
				prepare(s)
				s.exec(hostsTable)
				for id, version := range []int{0, 1, 2, 3, 20260101000000} {
					s.exec(fmt.Sprintf("INSERT INTO goose_db_version VALUES (%d, %d, true, NULL)", id, version))
				}
				s.exec("UPDATE goose_db_version SET tstamp = '2026-01-01 00:00:00'")
				store := migrated(t, url)
				if _, err := store.Tenants(t.Context()); err != nil {
					t.Errorf("the schema is missing: %v", err)
				}
				if _, newer, err := store.Migrator().Migrations(t.Context()); newer || err != nil {
					t.Errorf("the schema is taken for a later one: %v", err)
				}
				var hosts int
				if err := s.db.QueryRowContext(t.Context(), "SELECT count(*) FROM goose_db_version").Scan(&hosts); err != nil || hosts != 5 {
					t.Errorf("the host's table has %d rows, %v; want its 5", hosts, err)
				}
			})
		})
	}
}

// A release before version 3 asks the table that goose makes.
func TestAnOlderReleasesVersionsAreCarriedOverOnce(t *testing.T) {
	t.Parallel()
	for _, last := range []int64{1, 2} {
		t.Run(fmt.Sprint(last), func(t *testing.T) {
			t.Parallel()
			onEachEngine(t, func(t *testing.T, url string) {
				s := schemaOf(t, url, goose.DefaultTablename)
				s.ok(s.UpTo(t.Context(), last))
				store := open(t, url, repository.Options{})
				wantApplied(t, store, last)
				s.ok(nil, store.Migrator().Migrate(t.Context()))
				s.ok(nil, store.Migrator().Migrated(t.Context()))
				if version, err := s.GetDBVersion(t.Context()); version != last || err != nil {
					t.Errorf("the older release finds version %d, %v; want %d", version, err, last)
				}
			})
		})
	}
}

func wantApplied(t *testing.T, s *repository.Store, last int64) {
	t.Helper()
	migrations, _, err := s.Migrator().Migrations(t.Context())
	if err != nil || len(migrations) == 0 {
		t.Fatalf("%d migrations, %v", len(migrations), err)
	}
	for _, m := range migrations {
		if applied := !m.Applied.IsZero(); applied != (m.Version <= last) {
			t.Errorf("at version %d: %s is applied: %v", last, m.Name, applied)
		}
	}
}

func TestWhoeverReadTheVersionsReadsThemStill(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	s := schemaOf(t, database, goose.DefaultTablename)
	s.ok(s.UpTo(t.Context(), 2))
	reader := readerOf(t, database, "reader")
	migrated(t, database)
	store := open(t, reader, repository.Options{})
	if err := store.Migrator().Migrated(t.Context()); err != nil {
		t.Error(err)
	}
}

// readerOf makes a role that may read all tables that there are, and returns its URL.
func readerOf(t *testing.T, database, name string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	role := strings.TrimPrefix(u.Path, "/") + "_" + name
	conn := connect(t, database)
	for _, statement := range []string{
		"CREATE ROLE " + role + " LOGIN PASSWORD 'reader'", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + role,
		"ALTER ROLE " + role + " SET default_transaction_read_only = on",
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_, _ = conn.Exec(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role)
	})
	u.User = url.UserPassword(role, "reader")
	return u.String()
}

func TestTheStatusAndThePlanChangeNothing(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		s := schemaOf(t, url, goose.DefaultTablename)
		for _, at := range []int64{0, 1, 2} {
			if at > 0 {
				s.ok(s.UpTo(t.Context(), at))
			}
			source := url
			if strings.HasPrefix(url, "postgres") && at > 0 {
				source = readerOf(t, url, fmt.Sprint("reader_", at))
			}
			store := open(t, source, repository.Options{})
			plan, err := store.Migrator().Plan(t.Context())
			s.ok(nil, err)
			for version, statement := range map[int64]string{1: "CREATE TABLE tenants", 2: "ADD COLUMN last_used_at"} {
				if planned := strings.Contains(plan, statement); planned != (version > at) {
					t.Errorf("at version %d %q is planned: %v", at, statement, planned)
				}
			}
			if strings.Contains(plan, "DROP TABLE tenants") || strings.Contains(plan, "DROP TABLE keys") || strings.Contains(plan, "+goose") {
				t.Errorf("the plan is not what goes up:\n%s", plan)
			}
			wantApplied(t, store, at)
		}
		store := migrated(t, url)
		if plan, err := store.Migrator().Plan(t.Context()); plan != "" || err != nil {
			t.Errorf("after migrating %q is planned, %v", plan, err)
		}
	})
}

var comment = regexp.MustCompile(`--.*`)

// repeatable begin statements that may be run once more.
var repeatable = []string{"CREATE INDEX CONCURRENTLY IF NOT EXISTS", "DROP INDEX CONCURRENTLY IF EXISTS", "CREATE TABLE IF NOT EXISTS"}

// What runs outside a transaction may end between an index and the note that it
// was built, and is then run again.
func TestWhatRunsOutsideATransactionCanRunAgain(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/postgres/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(os.DirFS("."), file)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		if !strings.Contains(up, "-- +goose NO TRANSACTION") {
			continue
		}
		statements := strings.Split(comment.ReplaceAllString(up, ""), ";")
		for _, statement := range statements {
			fields := strings.Fields(strings.ToUpper(statement))
			got := strings.Join(fields[:min(6, len(fields))], " ")
			got = strings.Replace(got, "UNIQUE ", "", 1)
			again := func(prefix string) bool { return strings.HasPrefix(got, prefix) }
			if got != "" && !slices.ContainsFunc(repeatable, again) {
				t.Errorf("%s: %s cannot be run again", file, got)
			}
		}
	}
}
