package repository_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
)

// place is where a database URL is kept.
type place struct{ url atomic.Pointer[string] }

func (p *place) put(url string) { p.url.Store(&url) }

func (p *place) read() (string, error) {
	if text := *p.url.Load(); text != "" {
		return text, nil
	}
	return "", errors.New("it cannot be read")
}

// role makes a role with a password, and returns the database's URL for it.
func role(t *testing.T, database string) (name string, as func(password string) string) {
	t.Helper()
	admin := connect(t, database)
	name = "countersign_test_" + strings.ToLower(rand.Text())
	mustExec(t, admin, "CREATE ROLE "+name+" LOGIN PASSWORD 'one'")
	t.Cleanup(func() { _, _ = admin.Exec(context.WithoutCancel(t.Context()), "DROP ROLE "+name) })
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return name, func(password string) string {
		u.User = url.UserPassword(name, password)
		return u.String()
	}
}

func TestAPasswordIsRotatedWithoutARestart(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	name, as := role(t, database)
	var kept place
	var log bytes.Buffer
	kept.put(as("one"))
	store := open(t, as("one"), repository.Options{
		CurrentURL: kept.read, MaxConnections: 1, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	admin := connect(t, database)
	answers := func() error {
		mustExec(t, admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '"+name+"'")
		var err error
		for range 3 { // the first notices that its connection has ended
			if _, err = store.Now(t.Context()); err == nil {
				return nil
			}
		}
		return err
	}
	mustExec(t, admin, "ALTER ROLE "+name+" PASSWORD 'two'")
	if err := answers(); err == nil {
		t.Error("the former password opens new connections: this tests nothing")
	}
	kept.put(as("two"))
	if err := answers(); err != nil {
		t.Errorf("the new password is not used: %v", err)
	}
	for what, text := range map[string]string{
		"unreadable": "", "not a URL": "postgres//", "another database": as("three") + "&dbname=another",
		"another server": strings.Replace(as("three"), "127.0.0.1", "127.0.0.2", 1),
	} {
		kept.put(text)
		for range 2 {
			if err := answers(); err != nil {
				t.Errorf("%s: the last good one is not used: %v", what, err)
			}
		}
	}
	said := log.String()
	if n := strings.Count(said, "the last good one stays in use"); n < 3 || n > 4 {
		t.Errorf("that the place is wrong is logged %d times:\n%s", n, said)
	}
	if strings.Count(said, "use the user and password") != 1 || strings.Contains(said, "two") || strings.Contains(said, "three") {
		t.Errorf("the log says\n%s", said)
	}
}
