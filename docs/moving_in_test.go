package docs_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/countersign/countersign/internal/processtest"
)

// The blocks are run in order in one strict shell, beside a running server.
func TestMovingInRunsAsItStands(t *testing.T) {
	t.Parallel()
	server := startDevelopment(t)
	server.hasBuilt(t)
	server.runsAsItStands(t, "docs/moving-in.md", 5)
}

// hasBuilt puts the program where `make run` builds it.
func (d development) hasBuilt(t *testing.T) {
	t.Helper()
	path, err := filepath.Abs(processtest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(d.dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(d.dir, "bin", "countersign")); err != nil {
		t.Fatal(err)
	}
}
