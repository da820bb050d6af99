package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Environment is the variable that names the server tests run on, as the URL of a database on it whose
// user may create further ones.
const Environment = "COUNTERSIGN_TEST_POSTGRES_URL"

const databaseTimeout = time.Minute

// URL makes an empty database and returns its URL. The database is dropped when the test ends, whoever is
// still connected to it.
func URL(t testing.TB) string {
	t.Helper()
	base, err := server()
	if err != nil {
		t.Fatalf("a PostgreSQL for this test: %v", err)
	}
	return create(t, base, plain)
}

// plain is how a database begins that is nobody's copy.
const plain = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"

// create copies the files of the database that it begins as. PostgreSQL's other strategy writes each page to the log
// too, which takes two to four times as long where nothing is synced.
func create(t testing.TB, base *url.URL, from string) string {
	t.Helper()
	name := "countersign_test_" + strings.ToLower(rand.Text())
	if err := execute(base, "CREATE DATABASE "+name+" "+from+" STRATEGY FILE_COPY"); err != nil {
		t.Fatalf("creating a database for this test: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(base, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping the database of this test: %v", err)
		}
	})
	return named(base, name)
}

func named(base *url.URL, name string) string {
	database := *base
	database.Path = "/" + name
	return database.String()
}

// own is this binary's cluster. Collected as garbage, its guard's pipe would be closed and the server
// stopped in the middle of the tests.
var own *Cluster

// server is the server of this test binary. A cluster that it starts ends with the binary, by its guard.
var server = sync.OnceValues(func() (*url.URL, error) {
	text := os.Getenv(Environment)
	if text == "" {
		var err error
		if own, err = Start("", Options{}); err != nil {
			return nil, err
		}
		return url.Parse(own.URL())
	}
	base, err := parseURL(text)
	if err != nil {
		return nil, err
	}
	return base, checkVersion(base)
})

// parseURL repeats nothing of the text in its errors: there may be a password in it.
func parseURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil || base.Scheme != "postgres" && base.Scheme != "postgresql" {
		return nil, errors.New(Environment + " must be a URL like postgres://user:password@host:5432/postgres")
	}
	return base, nil
}

func checkVersion(base *url.URL) error {
	ctx, cancel := context.WithTimeout(context.Background(), databaseTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, base.String())
	if err != nil {
		return fmt.Errorf("the server that %s names: %w", Environment, err)
	}
	defer conn.Close(ctx)
	var version string
	if err := conn.QueryRow(ctx, "SHOW server_version_num").Scan(&version); err != nil {
		return fmt.Errorf("the version of the server that %s names: %w", Environment, err)
	}
	number, err := strconv.Atoi(version)
	if err != nil || number/10000 < oldestMajor {
		return fmt.Errorf("the server that %s names is version %s, and %d is the oldest that is supported",
			Environment, version, oldestMajor)
	}
	return nil
}

func execute(base *url.URL, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), databaseTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, base.String())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}
