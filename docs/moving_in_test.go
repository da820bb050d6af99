package docs_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// The blocks are pasted in order into one shell, beside a running server.
func TestMovingInRunsAsItStands(t *testing.T) {
	t.Parallel()
	server := startDevelopment(t)
	blocks := shellBlocks(readPage(t, "docs/moving-in.md"))
	if len(blocks) < 4 {
		t.Fatalf("only %d blocks of sh were found", len(blocks))
	}
	path, err := filepath.Abs(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("countersign() { '" + path + "' \"$@\"; }\n")
	for _, b := range blocks {
		script.WriteString(b.body + "echo '" + blockEnd + "'\n")
	}
	printed := strings.Split(server.shell(t, script.String()), blockEnd+"\n")
	for i, b := range blocks {
		if !printedAs(b.prints, printed[i]) {
			t.Errorf("block %d\n%s\nprinted\n%s\nand should have printed\n%s", i+1, b.body, printed[i], b.prints)
		}
	}
}
