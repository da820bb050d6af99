package api

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/countersign/countersign"
)

// guide is a document, or a picture in one.
type guide struct {
	contentType string
	body        []byte
}

// guideTypes are the types by the ends of names. A guide is text: it is for
// reading, and Markdown is no type that browsers show.
var guideTypes = map[string]string{".md": "text/plain; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml"}

// newGuides reads the guides, by their paths below /docs. It panics when they
// cannot be read, which is a mistake of the build.
func newGuides() map[string]guide {
	guides := map[string]guide{}
	err := fs.WalkDir(countersign.Guides, "docs", func(name string, entry fs.DirEntry, err error) error {
		contentType, shown := guideTypes[path.Ext(name)]
		if err != nil || entry.IsDir() || !shown {
			return err
		}
		body, err := countersign.Guides.ReadFile(name)
		if path.Ext(name) == ".md" {
			body = outward.ReplaceAllFunc(body, servedLink)
		}
		guides[strings.TrimPrefix(name, "docs/")] = guide{contentType: contentType, body: body}
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("embedded guides: %v", err))
	}
	return guides
}

// outward is a link out of the folder of the guides.
var outward = regexp.MustCompile(`\[([^\]]+)\]\(\.\./([^)#\s]+)(#[^)\s]*)?\)`)

// servedLink leads to where the file is served, and else says where it is.
func servedLink(link []byte) []byte {
	parts := outward.FindSubmatch(link)
	text, file := string(parts[1]), string(parts[2])
	module, isModule := strings.CutPrefix(file, "web/")
	switch {
	case file == "openapi.yaml":
		return link
	case isModule && path.Ext(module) == ".js":
		return []byte("[" + text + "](../ui/" + module + ")")
	}
	return []byte(text + " (`" + file + "` in the source code)")
}
