// Command bundle writes the modules that browsers load: each screen in one
// file, with the English texts that it can show and no others.
//
//	go -C tools run ./bundle
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// As seen from the module of the tools.
const (
	sources = "../web"
	output  = "../web/ui"
)

const banner = "// Generated from web/*.js by tools/bundle. Do not edit."

// entry is a module that pages load, and the source that it begins with.
type entry struct {
	name, source string
	whole        bool // holds the other screens as well, so that it fetches none of them
}

var entries = []entry{
	{name: "challenge.js", source: "challenge.js"},
	{name: "enroll.js", source: "enroll.js"},
	{name: "security.js", source: "security.js"},
	{name: "users.js", source: "users.js"},
	{name: "policy.js", source: "policy.js"},
	{name: "countersign.js", source: "countersign.js", whole: true},
	{name: "strings.js", source: "languages.js"},
	{name: "strings/de.js", source: "strings/de.js"},
}

func main() {
	log.SetFlags(0)
	if err := bundle(); err != nil {
		log.Fatal("bundle: ", err)
	}
}

func bundle() error {
	from, err := filepath.Abs(sources)
	if err != nil {
		return err
	}
	bodies := map[string][]byte{}
	for _, e := range entries {
		if bodies[e.name], err = e.build(from); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	if err := os.RemoveAll(output); err != nil {
		return err
	}
	for name, body := range bodies {
		path := filepath.Join(output, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, body, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// build makes the module twice: first as plain as can be, to see which texts
// its code can ask for, and then with these.
func (e entry) build(from string) ([]byte, error) {
	plain, err := e.run(from, func(string) bool { return false }, api.BuildOptions{
		Supported: map[string]bool{"template-literal": false},
	})
	if err != nil {
		return nil, err
	}
	return e.run(from, code(plain).uses, api.BuildOptions{
		MinifySyntax: true, MinifyWhitespace: true, MinifyIdentifiers: true, Banner: map[string]string{"js": banner},
	})
}

func (e entry) run(from string, used func(key string) bool, options api.BuildOptions) ([]byte, error) {
	options.AbsWorkingDir = from
	options.EntryPoints = []string{e.source}
	options.Outdir = from // nothing is written there; what stays outside keeps its path
	options.Bundle = true
	options.Format = api.FormatESModule
	options.Target = api.ES2022
	options.Charset = api.CharsetUTF8
	options.LegalComments = api.LegalCommentsNone
	options.Plugins = []api.Plugin{e.outside(), texts(used), sheets()}
	result := api.Build(options)
	var failures []error
	for _, message := range append(result.Errors, result.Warnings...) {
		failures = append(failures, errors.New(message.Text))
	}
	if len(failures) > 0 {
		return nil, errors.Join(failures...)
	}
	return result.OutputFiles[0].Contents, nil
}

// outside leaves what is imported when it is needed to a file of its own, which
// is one of the entries.
func (e entry) outside() api.Plugin {
	return api.Plugin{Name: "outside", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `\.js$`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			isScreen := filepath.Dir(a.Path) == "."
			if a.Kind != api.ResolveJSDynamicImport || e.whole && isScreen {
				return api.OnResolveResult{}, nil
			}
			if !isEntry(filepath.Clean(a.Path)) {
				return api.OnResolveResult{}, fmt.Errorf("%s is imported when it is needed, and is no file that is served", a.Path)
			}
			return api.OnResolveResult{Path: a.Path, External: true}, nil
		})
	}}
}

func isEntry(name string) bool {
	for _, e := range entries {
		if e.name == filepath.ToSlash(name) {
			return true
		}
	}
	return false
}
