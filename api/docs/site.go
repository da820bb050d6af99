// Package docs is the documentation site: the documents of this repository and
// the reference of its API, as pages that need nothing but this server. Nothing
// in them is loaded from elsewhere, and no script or style stands in a page.
// Addresses are relative, for a proxy may serve all of it below a path of its
// own.
package docs

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/countersign/countersign"
	"github.com/countersign/countersign/api/asset"
)

// Policy is the Content-Security-Policy of every page. What a call answers may
// be a picture, which is shown from memory.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// Home is the name of the first page, which is served without one.
const Home = ""

// deepest is how many folders below the other pages the page for an unknown
// address may stand. Each needs one of its own, since its links are relative.
const deepest = 3

// assets are the styles and scripts of the pages.
//
//go:embed site/*.css site/*.js site/*.svg
var assets embed.FS

// Site is all pages. It is safe for concurrent use.
type Site struct {
	made func() made
}

// made is a site, once it is asked for.
type made struct {
	files   map[string]asset.File
	missing []asset.File // by how deep they stand
}

// New returns the site. It is made when it is first asked for, so that a start
// costs nothing; whoever asks then waits for it, and a document that cannot be
// shown panics, which is a mistake of the build.
func New(version string) *Site {
	return &Site{made: sync.OnceValue(func() made {
		site, err := build(version)
		if err != nil {
			panic(fmt.Sprintf("documentation: %v", err))
		}
		return site
	})}
}

// File returns one by its path below the first page, and whether there is one.
func (s *Site) File(name string) (asset.File, bool) {
	file, known := s.made().files[name]
	return file, known
}

// Missing returns the page for an address that leads nowhere, so many folders
// below the other pages, and whether there is one.
func (s *Site) Missing(depth int) (asset.File, bool) {
	if pages := s.made().missing; depth >= 0 && depth < len(pages) {
		return pages[depth], true
	}
	return asset.File{}, false
}

// Moved returns the name of the page that a document in Markdown is shown as:
// the contract, read elsewhere, leads to the documents as files.
func (s *Site) Moved(name string) (page string, known bool) {
	page = pages()["docs/"+name]
	return page, page != ""
}

// Names are those of all files.
func (s *Site) Names() []string {
	var names []string
	for name := range s.made().files {
		names = append(names, name)
	}
	return names
}

func build(version string) (made, error) {
	files := map[string]asset.File{}
	if err := addFiles(files, assets, "site", "site/"); err != nil {
		return made{}, err
	}
	for _, folder := range []string{"docs/images", "docs/performance"} {
		if err := addFiles(files, countersign.Documents, folder, "docs/"); err != nil {
			return made{}, err
		}
	}
	missing, err := addPages(files, version)
	return made{files, missing}, err
}

// types are the types of files by the ends of their names.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml",
}

func addFiles(files map[string]asset.File, from embed.FS, folder, prefix string) error {
	return fs.WalkDir(from, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := from.ReadFile(name)
		files[strings.TrimPrefix(name, prefix)] = asset.New(types[path.Ext(name)], body)
		return err
	})
}
