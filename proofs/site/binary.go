package site

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// BinaryVariable names a built countersign; without it the one of this module is built, once per process.
const BinaryVariable = "COUNTERSIGN_TEST_BINARY"

const command = "github.com/countersign/countersign/cmd/countersign"

// buildDir is where the binary was built, for Main to remove.
var buildDir string

var executable = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(BinaryVariable); path != "" {
		return filepath.Abs(path)
	}
	var err error
	if buildDir, err = os.MkdirTemp("", "countersign-site-"); err != nil {
		return "", err
	}
	path := filepath.Join(buildDir, "countersign")
	cmd := exec.Command("go", "build", "-o", path, command)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building countersign: %w\n%s", err, out)
	}
	return path, nil
})

// Executable is the countersign that sites run.
func Executable(t testing.TB) string {
	t.Helper()
	path, err := executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Main runs the tests and removes the binary that they were run on.
func Main(m *testing.M) int {
	defer func() {
		if buildDir != "" {
			_ = os.RemoveAll(buildDir)
		}
	}()
	return m.Run()
}
