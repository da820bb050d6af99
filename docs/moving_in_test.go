package docs_test

import (
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
	server.runsAsItStands(t, "docs/moving-in.md", 4, "countersign() { '"+path+"' \"$@\"; }\n")
}
