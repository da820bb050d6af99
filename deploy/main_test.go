// Package deploy_test walks through the ways to deploy that are files here: as far as a machine without an
// engine for containers and without systemd allows, what they say is what runs.
package deploy_test

import (
	"embed"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/process"
)

// files are embedded, so that what is tried is what was compiled in.
//
//go:embed Caddyfile nginx.conf compose.yaml countersign.service
var files embed.FS

func TestMain(m *testing.M) { os.Exit(process.Main(m)) }

// shipped is one of the files of this folder.
func shipped(t *testing.T, name string) string {
	t.Helper()
	text, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tool finds a program that scripts/test-tools.sh installs; Debian has servers in /usr/sbin.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatalf("%s is missing; run scripts/test-tools.sh, which installs it", name)
	return ""
}

// output runs a command that must succeed, and returns what it printed.
func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var stderr strings.Builder
	command.Stderr = &stderr
	stdout, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(command.Args, " "), err, stdout, stderr.String())
	}
	return string(stdout)
}
