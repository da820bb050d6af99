// Package web holds the screens of the service: web components, embedded as
// they are served.
package web

import (
	"embed"
	"io/fs"
)

//go:generate go -C ../tools run ./bundle

var (
	//go:embed ui
	bundles embed.FS

	// english is served as it is written, for whoever translates it.
	//
	//go:embed strings/en.js
	english []byte
)

// Files returns the modules that pages load, each with all it needs at once, by
// their paths below /ui/.
func Files() (map[string][]byte, error) {
	files := map[string][]byte{"strings/en.js": english}
	within, err := fs.Sub(bundles, "ui")
	if err != nil {
		return nil, err
	}
	return files, fs.WalkDir(within, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(within, path)
		return err
	})
}
