package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

func TestMain(m *testing.M) { os.Exit(process.Main(m)) }

// pathWithProgram is a PATH that begins with countersign as it is shipped: hundreds of starts of one that the race
// detector watches take minutes.
func pathWithProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(processtest.Binary(t), filepath.Join(dir, "countersign")); err != nil {
		t.Fatal(err)
	}
	return dir + string(os.PathListSeparator) + os.Getenv("PATH")
}

// The scripts run in an empty directory and an empty environment.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	path := pathWithProgram(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/sqlite", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", path)
			return nil
		},
	})
}

// Each script has a PostgreSQL database of its own in $POSTGRES, in which there
// is nothing yet.
func TestCommandLineOnPostgreSQL(t *testing.T) {
	t.Parallel()
	path := pathWithProgram(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/postgres", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", path)
			env.Setenv("POSTGRES", pgtest.URL(t))
			return nil
		},
	})
}
