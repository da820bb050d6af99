package docs_test

import (
	"os"
	"path/filepath"
	"testing"
)

// The blocks are pasted in order into one shell, beside a running server.
func TestMovingInRunsAsItStands(t *testing.T) {
	t.Parallel()
	server := startDevelopment(t)
	path, err := filepath.Abs(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(server.dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(server.dir, "bin", "countersign")); err != nil {
		t.Fatal(err)
	}
	server.runsAsItStands(t, "docs/moving-in.md", 5, "")
}
