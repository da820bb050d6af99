// Package markdown turns our documents into parts of pages: their headings have
// anchors, their links lead to what is served, their sequence diagrams are
// pictures. What comes out has no script, style or attribute that a strict
// policy would stop. It knows nothing of HTTP and does no I/O.
package markdown

import (
	"bytes"
	"fmt"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Surroundings are what a document stands in.
type Surroundings interface {
	// Link returns where a destination leads from the page, and false where
	// nothing of it is served; href is then how the file is called.
	Link(destination string) (href string, served bool)
	// Picture returns the address of a picture and its size in CSS pixels.
	Picture(destination string) (src string, width, height int, err error)
}

// Converter converts the documents of one place. It may be used by one
// goroutine at a time.
type Converter struct {
	markdown goldmark.Markdown
}

// Document is a converted document.
type Document struct {
	HTML     string
	Headings []Heading
	Sections []Section
}

// Heading is one that an anchor leads to.
type Heading struct {
	Level  int // as written, 1 to 6
	Anchor string
	Text   string
}

// Section is what stands below a heading, as plain text, without what stands
// below the next one. What precedes the first heading has none.
type Section struct {
	Heading
	Body string
}

// New returns a converter. Headings are raised by so many levels: the
// documents begin with 1, parts of another page may not.
func New(around Surroundings, raise int) *Converter {
	blocks := &blocks{around: around, raise: raise}
	return &Converter{markdown: goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(blocks, 100))),
	)}
}

// Convert fails where a picture is missing, a diagram is none that can be drawn,
// or a block is of an unknown language.
func (c *Converter) Convert(source []byte) (Document, error) {
	root := c.markdown.Parser().Parse(text.NewReader(source))
	removeContents(root)
	document := Document{Sections: outline(root, source)}
	for _, section := range document.Sections {
		if section.Anchor != "" {
			document.Headings = append(document.Headings, section.Heading)
		}
	}
	var html bytes.Buffer
	if err := c.markdown.Renderer().Render(&html, source, root); err != nil {
		return Document{}, fmt.Errorf("render: %w", err)
	}
	document.HTML = html.String()
	return document, nil
}

// removeContents leaves out the lists of what a document holds: the page has one
// of its headings.
func removeContents(root ast.Node) {
	for node := root.FirstChild(); node != nil; {
		next := node.NextSibling()
		if node.Kind() == ast.KindList && isContents(node) {
			root.RemoveChild(root, node)
		}
		node = next
	}
}

// isContents reports whether all of a list are links within the document, and
// nothing else.
func isContents(list ast.Node) bool {
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		line := item.FirstChild()
		if line == nil || line.NextSibling() != nil || line.ChildCount() != 1 {
			return false
		}
		link, isLink := line.FirstChild().(*ast.Link)
		if !isLink || !bytes.HasPrefix(link.Destination, []byte("#")) {
			return false
		}
	}
	return true
}

// outline gives each heading its anchor, and returns the sections.
func outline(root ast.Node, source []byte) []Section {
	taken := map[string]int{}
	sections := []Section{{}}
	for node := root.FirstChild(); node != nil; node = node.NextSibling() {
		if heading, ok := node.(*ast.Heading); ok {
			title := plain(heading, source)
			name := anchor(title, taken)
			heading.SetAttributeString(anchorAttribute, name)
			sections = append(sections, Section{Heading: Heading{Level: heading.Level, Anchor: name, Text: title}})
			continue
		}
		last := &sections[len(sections)-1]
		last.Body = join(last.Body, plain(node, source))
	}
	if sections[0].Body == "" {
		sections = sections[1:]
	}
	return sections
}
