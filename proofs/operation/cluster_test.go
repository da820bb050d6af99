package operation

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// admin is a session beside the service's.
type admin struct {
	*pgx.Conn
	t *testing.T
}

func connected(t *testing.T, databaseURL string) admin {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	})
	return admin{conn, t}
}

func (a admin) exec(statement string, args ...any) {
	a.t.Helper()
	if _, err := a.Exec(a.t.Context(), statement, args...); err != nil {
		a.t.Fatalf("%s: %v", statement, err)
	}
}

// endSessions has the service connect anew.
func (a admin) endSessions() {
	a.t.Helper()
	a.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
}

// parsed is a URL whose parts a test changes.
func parsed(t *testing.T, databaseURL string) *url.URL {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal("the URL of the database is none") // it holds a password
	}
	return u
}
