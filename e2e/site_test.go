package e2e_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
)

// site is a place where Countersign is installed: a directory and an
// environment.
type site struct {
	dir string
	env []string
}

// issuer is fixed, so that tokens stay valid over a restart on another port.
const issuer = "https://2fa.example.com"

// newSite has an environment of its own, so that the tester's does not matter.
func newSite(t *testing.T, env ...string) site {
	t.Helper()
	if err := watchSources(); err != nil {
		t.Fatal(err)
	}
	return site{dir: t.TempDir(), env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
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
	command := exec.Command(binary, args...)
	command.Dir, command.Env = s.dir, s.env
	return output(t, command)
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

// watchSources looks at every source of the binary. The go command notes what a
// test looks at, and would otherwise show results of a former binary again: that
// this package depends on another's command it cannot know.
var watchSources = sync.OnceValue(func() error {
	for _, name := range []string{"../go.mod", "../openapi.yaml", "../contract.go", "../cmd", "../api", "../service", "../repository"} {
		err := filepath.WalkDir(name, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			_, err = os.Stat(path)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
})
