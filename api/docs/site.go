// Package docs is the documentation site: the documents of this repository and
// the reference of its API, as pages that need nothing but this server. Nothing
// in them is loaded from elsewhere, and no script or style stands in a page.
// Addresses are relative, for a proxy may serve all of it below a path of its
// own.
package docs

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/countersign/countersign"
)

// Policy is the Content-Security-Policy of every page. What a call answers may
// be a picture, which is shown from memory.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// Home is the name of the first page, which is served without one.
const Home = ""

// assets are the styles and scripts of the pages.
//
//go:embed site/*.css site/*.js site/*.svg
var assets embed.FS

// Site is all pages. It is safe for concurrent use.
type Site struct {
	files func() map[string]File
}

// File is one as it is answered. It must not be modified.
type File struct {
	ContentType string
	ETag        string
	Body        []byte
	Compressed  func() []byte // by gzip, when it is first asked for; nil where that saves nothing
}

// New returns the site. It is made when it is first asked for, so that a start
// costs nothing; whoever asks then waits for it, and a document that cannot be
// shown panics, which is a mistake of the build.
func New(version string) *Site {
	return &Site{files: sync.OnceValue(func() map[string]File {
		files, err := build(version)
		if err != nil {
			panic(fmt.Sprintf("documentation: %v", err))
		}
		return files
	})}
}

// File returns one by its path below the first page, and whether there is one.
func (s *Site) File(name string) (File, bool) {
	file, known := s.files()[name]
	return file, known
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
	for name := range s.files() {
		names = append(names, name)
	}
	return names
}

func build(version string) (map[string]File, error) {
	files := map[string]File{}
	if err := addFiles(files, assets, "site", "site/"); err != nil {
		return nil, err
	}
	for _, folder := range []string{"docs/images", "docs/performance"} {
		if err := addFiles(files, countersign.Documents, folder, "docs/"); err != nil {
			return nil, err
		}
	}
	return files, addPages(files, version)
}

// types are the types of files by the ends of their names.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml",
}

func addFiles(files map[string]File, from embed.FS, folder, prefix string) error {
	return fs.WalkDir(from, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := from.ReadFile(name)
		files[strings.TrimPrefix(name, prefix)] = newFile(types[path.Ext(name)], body)
		return err
	})
}

func newFile(contentType string, body []byte) File {
	digest := sha256.Sum256(body)
	file := File{ContentType: contentType, ETag: hex.EncodeToString(digest[:16]), Body: body}
	if contentType != types[".png"] {
		file.Compressed = sync.OnceValue(func() []byte { return compress(body) })
	}
	return file
}

func compress(body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(body) // memory takes everything
	_ = w.Close()
	return out.Bytes()
}
