package e2e_test

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// site is a place where Countersign is installed: a directory and settings.
type site struct {
	binary, dir string
	env         []string
}

// issuer is fixed, so that tokens stay valid over a restart on another port.
const issuer = "https://2fa.example.com"

// newSite has an environment of its own, so that the tester's does not matter.
func newSite(t *testing.T, env ...string) site {
	t.Helper()
	return site{binary: processtest.Binary(t), dir: t.TempDir(), env: append([]string{
		"COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_ISSUER=" + issuer, "COUNTERSIGN_SHUTDOWN_DELAY=0s",
	}, env...)}
}

func onSQLite(t *testing.T) site { return newSite(t) }

// onPostgreSQL has been installed as the help of the command says.
func onPostgreSQL(t *testing.T) site {
	s := onPostgreSQLWithKeysetAlone(t)
	s.command(t, "migrate")
	return s
}

func onPostgreSQLWithKeysetAlone(t *testing.T) site {
	s := newSite(t, "COUNTERSIGN_DATABASE_URL="+pgtest.URL(t), "COUNTERSIGN_KEYSET="+filepath.Join(t.TempDir(), "keyset.json"))
	s.command(t, "keys", "init")
	return s
}

// engines are the databases on which everything must be the same.
var engines = map[string]func(*testing.T) site{"SQLite": onSQLite, "PostgreSQL": onPostgreSQL}

func onBothEngines(t *testing.T, test func(t *testing.T, s site)) {
	t.Parallel()
	for name, install := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, install(t))
		})
	}
}

// command runs a command that must succeed, and returns what it printed.
func (s site) command(t *testing.T, args ...string) string {
	t.Helper()
	return output(t, s.prepare(t.Context(), args...))
}

// prepare is a command that is still to run.
func (s site) prepare(ctx context.Context, args ...string) *exec.Cmd {
	return process.Command(ctx, s.dir, s.env, s.binary, args...)
}

// createTenant returns the tenant's first service key.
func (s site) createTenant(t *testing.T, args ...string) string {
	t.Helper()
	created := s.command(t, append([]string{"tenant", "create", "--output", "json"}, args...)...)
	if field(t, created, "tenant") != args[0] {
		t.Fatalf("created %s", created)
	}
	return field(t, created, "api_key")
}

// field returns a text of what a command printed as JSON.
func field(t *testing.T, printed, name string) string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(printed), &object); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, printed)
	}
	text, ok := object[name].(string)
	if !ok {
		t.Fatalf("no %q in %s", name, printed)
	}
	return text
}
