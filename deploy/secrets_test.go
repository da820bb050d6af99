package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/process"
)

// The commands of the document make what compose.yaml mounts, readable in the containers and on the machine by
// its owner alone, and both sides of the database have the same password.
func TestTheDocumentMakesTheSecretsOfTheComposeFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for line := range strings.Lines(shown(t, "console", "mkdir -m 700 secrets")) {
		typed := strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		if !strings.HasPrefix(typed, "make ") && !strings.HasPrefix(typed, "docker ") {
			output(t, process.Command(t.Context(), dir, nil, "sh", "-euc", typed))
		}
	}
	if got := readFile(t, filepath.Join(dir, ".env")); got != "SITE="+site+"\n" {
		t.Errorf(".env is %q", got)
	}
	secrets := map[string]string{}
	for name, secret := range readCompose(t, site).Secrets {
		path := filepath.Join(dir, secret.File)
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o444 {
			t.Fatalf("%s: %v, %v", name, info, err)
		}
		secrets[name] = strings.TrimSpace(readFile(t, path))
	}
	if info, err := os.Stat(filepath.Join(dir, "secrets")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
	url, err := pgx.ParseConfig(secrets["database-url"])
	if err != nil || url.Host != "postgres" || url.User != "countersign" || len(url.Password) != 64 || url.Password != secrets["postgres-password"] {
		t.Errorf("the URL does not fit the service postgres: %v", err)
	}
}
