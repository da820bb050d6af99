// Package web holds the screens of the service: web components, embedded as
// they are served.
package web

import (
	"embed"
	"io/fs"
)

//go:generate go -C ../tools run ./bundle

//go:embed ui
var bundles embed.FS

// Files are the modules that pages load, each with all it needs at once.
var Files = within("ui")

func within(folder string) fs.FS {
	files, err := fs.Sub(bundles, folder)
	if err != nil {
		panic(err) // the name of the folder is no path
	}
	return files
}
