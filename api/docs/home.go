package docs

import (
	"strings"

	"github.com/countersign/countersign/api/asset"
	"github.com/countersign/countersign/api/docs/markdown"
)

// card leads from the first page to another.
type card struct {
	document
	Summary string
}

// section is a group of the navigation, as cards.
type section struct {
	Title string
	Cards []card
}

// leading is a page that leads to all others.
type leading struct {
	page
	Sections []section
}

// home makes the first page. What it says of each other is what the document
// itself begins with.
func (m *maker) home() (asset.File, error) {
	return laidOut("home", m.leading(page{document: document{Title: "Documentation"}, Root: "docs/", Summary: beginning(m.first["overview"])}))
}

// missing makes the page for an address that leads nowhere, so many folders
// below the other pages.
func (m *maker) missing(depth int) (asset.File, error) {
	return laidOut("missing", m.leading(page{
		document: document{Title: "There is no such page"}, Root: strings.Repeat("../", depth), Summary: "All pages of the documentation.",
	}))
}

func (m *maker) leading(p page) leading {
	p.Menu, p.Version = groups, m.version
	all := leading{page: p}
	for _, g := range groups {
		s := section{Title: g.Title}
		for _, d := range g.Documents {
			s.Cards = append(s.Cards, card{document: d, Summary: beginning(m.first[d.Name])})
		}
		all.Sections = append(all.Sections, s)
	}
	return all
}

// firstText is what a document begins with, below whichever heading.
func firstText(sections []markdown.Section) string {
	for _, s := range sections {
		if s.Body != "" {
			return s.Body
		}
	}
	return ""
}

// longest is how many bytes of a document's beginning are shown.
const longest = 180

// beginning is the first sentence, or the first two where they are short.
func beginning(text string) string {
	end := 0
	for {
		next := strings.Index(text[end:], ". ")
		switch {
		case next < 0 && len(text) <= longest:
			return text
		case next < 0 || end > 0 && end+next+1 > longest:
			return cut(text, end)
		}
		end += next + 2
	}
}

func cut(text string, end int) string {
	if end == 0 {
		return text
	}
	return strings.TrimSpace(text[:end])
}
