package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
)

func TestDatabasesOfTwoTestsAreApart(t *testing.T) {
	t.Parallel()
	one, other := connect(t, pgtest.URL(t)), connect(t, pgtest.URL(t))
	mustExec(t, one, "CREATE TABLE thing (id int)")
	mustExec(t, other, "CREATE TABLE thing (id int)")
	mustExec(t, one, "INSERT INTO thing VALUES (1)")
	if n := count(t, other, "SELECT count(*) FROM thing"); n != 0 {
		t.Errorf("the other database sees %d rows, want none", n)
	}
}

func TestDatabaseIsGoneAfterItsTest(t *testing.T) {
	t.Parallel()
	watcher := connect(t, pgtest.URL(t))
	var name string
	t.Run("with a client still connected", func(t *testing.T) {
		conn, err := pgx.Connect(t.Context(), pgtest.URL(t))
		if err != nil {
			t.Fatal(err)
		}
		name = conn.Config().Database
		if n := countDatabases(t, watcher, name); n != 1 {
			t.Fatalf("%d databases are called %s during the test, want 1", n, name)
		}
	})
	if n := countDatabases(t, watcher, name); n != 0 {
		t.Errorf("%d databases are called %s after the test, want none", n, name)
	}
}

func TestDatabaseDoesNotDependOnTheMachinesLocale(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.URL(t))
	var encoding, collation string
	err := conn.QueryRow(t.Context(), `SELECT pg_encoding_to_char(encoding), datcollate
		FROM pg_database WHERE datname = current_database()`).Scan(&encoding, &collation)
	if err != nil {
		t.Fatal(err)
	}
	if encoding != "UTF8" || collation != "C" {
		t.Errorf("encoding %s, collation %s; want UTF8, C", encoding, collation)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func mustExec(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func count(t *testing.T, conn *pgx.Conn, query string, args ...any) int {
	t.Helper()
	var n int
	if err := conn.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func countDatabases(t *testing.T, conn *pgx.Conn, name string) int {
	t.Helper()
	return count(t, conn, "SELECT count(*) FROM pg_database WHERE datname = $1", name)
}
