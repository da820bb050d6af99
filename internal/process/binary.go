package process

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// BinaryVariable names a built countersign; without it the one of this module is built, once per process.
const BinaryVariable = "COUNTERSIGN_TEST_BINARY"

const command = "github.com/countersign/countersign/cmd/countersign"

// sources are what the binary is built of, below the module's folder.
var sources = []string{
	"go.mod", "go.sum", "openapi.yaml", "contract.go", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs", "web",
	"clients/typescript/README.md", "examples/java", "examples/python", "cmd", "api", "service", "repository",
}

// buildDir is where the binary was built, for Main to remove.
var buildDir string

// Binary is the path of the countersign to run, built as the product is: without cgo.
func Binary() (string, error) { return built() }

var built = sync.OnceValues(func() (path string, err error) {
	if path = os.Getenv(BinaryVariable); path != "" {
		if path, err = filepath.Abs(path); err == nil {
			_, err = os.Stat(path) // for the go command, as watchSources does
		}
		return path, err
	}
	if err := watchSources(); err != nil {
		return "", err
	}
	if buildDir, err = os.MkdirTemp("", "countersign-built-"); err != nil {
		return "", err
	}
	path = filepath.Join(buildDir, "countersign")
	build := exec.Command("go", "build", "-o", path, command)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="+kept())
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building countersign: %w\n%s", err, out)
	}
	return path, nil
})

// kept are the flags of the tester's that matter: internal/mutants puts a broken copy of a source in its place, and
// what else it compiles is compiled already by the other one.
func kept() string {
	var flags []string
	for flag := range strings.FieldsSeq(os.Getenv("GOFLAGS")) {
		if flag == "-trimpath" || strings.HasPrefix(flag, "-tags=") || strings.HasPrefix(flag, "-overlay=") {
			flags = append(flags, flag)
		}
	}
	return strings.Join(flags, " ")
}

// watchSources looks at every source of the binary. The go command notes what a test looks at, and would
// otherwise show results of a former binary again: it cannot know that a package depends on another's command.
func watchSources() error {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("finding the module: %w", err)
	}
	module := filepath.Dir(strings.TrimSpace(string(out)))
	for _, name := range sources {
		err := filepath.WalkDir(filepath.Join(module, name), func(path string, _ fs.DirEntry, err error) error {
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
}

// Main runs a package's tests and removes the binary that they were run on.
func Main(tests interface{ Run() int }) int {
	defer func() {
		if buildDir != "" {
			_ = os.RemoveAll(buildDir)
		}
	}()
	return tests.Run()
}
