package main

import (
	"errors"
	"os"
	"regexp"

	"github.com/evanw/esbuild/pkg/api"
)

// sheet is a style sheet as the modules have it: a template without holes.
var sheet = regexp.MustCompile("(styles\\(|const css = )`([^`$]*)`")

// sheets makes the style sheets smaller, which esbuild takes for texts.
func sheets() api.Plugin {
	return api.Plugin{Name: "sheets", Setup: func(build api.PluginBuild) {
		build.OnLoad(api.OnLoadOptions{Filter: `(theme|print|-sheet)\.js$`}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			source, err := os.ReadFile(a.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			var failures []error
			body := sheet.ReplaceAllStringFunc(string(source), func(found string) string {
				parts := sheet.FindStringSubmatch(found)
				result := api.Transform(parts[2], api.TransformOptions{Loader: api.LoaderCSS, MinifyWhitespace: true, MinifySyntax: true, Charset: api.CharsetUTF8})
				for _, message := range append(result.Errors, result.Warnings...) {
					failures = append(failures, errors.New(message.Text))
				}
				return parts[1] + "`" + string(result.Code) + "`"
			})
			return api.OnLoadResult{Contents: &body}, errors.Join(failures...)
		})
	}}
}
