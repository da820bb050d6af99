package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// copyLock is the advisory lock of whoever makes a template on a server.
const copyLock int64 = 0x63737465_6d706c61 // the ASCII bytes of "cstempla"

// CopyURL makes a database that begins as a copy of a template, and returns its URL. Where the server has
// no template of that name, fill fills one; so the name has to tell what fill does. The template stays on
// the server, for later tests and test binaries. The copy is dropped when the test ends.
func CopyURL(t testing.TB, template string, fill func(url string) error) string {
	t.Helper()
	base, err := server()
	if err != nil {
		t.Fatalf("a PostgreSQL for this test: %v", err)
	}
	once, _ := templates.LoadOrStore(template, sync.OnceValue(func() error { return makeTemplate(base, template, fill) }))
	if err := once.(func() error)(); err != nil {
		t.Fatalf("making the template of a database for this test: %v", err)
	}
	return create(t, base, "TEMPLATE "+pgx.Identifier{template}.Sanitize())
}

// templates are those that this binary has asked for, by name: a func() error each.
var templates sync.Map

// makeTemplate fills a database under another name first: whoever finds the name finds all of it.
func makeTemplate(base *url.URL, name string, fill func(url string) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), databaseTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, base.String())
	if err != nil {
		return err
	}
	defer conn.Close(ctx) // which gives the lock back
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", copyLock); err != nil {
		return err
	}
	var exists bool
	const query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
	if err := conn.QueryRow(ctx, query, name).Scan(&exists); err != nil || exists {
		return err
	}
	unfinished := name + "_unfinished"
	quoted := pgx.Identifier{unfinished}.Sanitize()
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + quoted + " WITH (FORCE)", "CREATE DATABASE " + quoted + " " + plain} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if err := fill(named(base, unfinished)); err != nil {
		return fmt.Errorf("filling it: %w", err)
	}
	// A database that somebody is connected to cannot be copied.
	for _, statement := range []string{"ALTER DATABASE " + quoted + " ALLOW_CONNECTIONS false", "ALTER DATABASE " + quoted + " RENAME TO " + pgx.Identifier{name}.Sanitize()} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
