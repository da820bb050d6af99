package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/countersign/countersign/internal/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"countersign": main})
}

// The scripts run in an empty directory and an empty environment.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/sqlite", RequireExplicitExec: true, RequireUniqueNames: true})
}

// Each script has a PostgreSQL database of its own in $POSTGRES, in which there
// is nothing yet.
func TestCommandLineOnPostgreSQL(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/postgres", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("POSTGRES", pgtest.URL(t))
			return nil
		},
	})
}
