package architecture_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const root = "../.."

// source is a Go file of this module.
type source struct {
	path   string // from the module's root, with slashes
	folder string // of path, "" for the root
	test   bool
	lines  int
	syntax *ast.File
}

func sources(t *testing.T) []source {
	t.Helper()
	found, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var parsed = sync.OnceValues(func() ([]source, error) {
	var found []source
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && skipped(path, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		s, err := parse(path)
		found = append(found, s)
		return err
	})
	return found, err
})

// skipped are the folders the go tool does not look into either, modules of their own included.
func skipped(path, name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor" || name == "node_modules" {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

func parse(path string) (source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return source{}, err
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	relative, err := filepath.Rel(root, path)
	if err != nil {
		return source{}, err
	}
	relative = filepath.ToSlash(relative)
	folder := filepath.ToSlash(filepath.Dir(relative))
	if folder == "." {
		folder = ""
	}
	return source{
		path: relative, folder: folder, test: strings.HasSuffix(relative, "_test.go") || isSuite(folder),
		lines: bytes.Count(text, []byte("\n")), syntax: syntax,
	}, nil
}

func (s source) imports() []string {
	var paths []string
	for _, spec := range s.syntax.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // unreachable: the parser accepted it
		}
		paths = append(paths, path)
	}
	return paths
}

// interfaces returns the number of methods each interface type of the file declares.
func (s source) interfaces() map[string]int {
	methods := map[string]int{}
	ast.Inspect(s.syntax, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if declared, ok := spec.Type.(*ast.InterfaceType); ok {
			methods[spec.Name.Name] = declared.Methods.NumFields()
		}
		return true
	})
	return methods
}

func exists(t *testing.T, folder string) bool {
	t.Helper()
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(folder)))
	return err == nil
}

// isSuite reports whether a folder holds what other tests run: test code, though
// its files are not named so.
func isSuite(folder string) bool {
	return slices.ContainsFunc([]string{"repository/repotest", "internal/apptest", "proofs"}, func(suite string) bool {
		return within(folder, suite)
	})
}
