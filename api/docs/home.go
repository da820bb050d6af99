package docs

import "strings"

// card leads from the first page to another.
type card struct {
	document
	Summary string
}

// addHome makes the page that leads to all others. What it says of each is what
// the document itself begins with.
func (m *maker) addHome() error {
	type section struct {
		Title string
		Cards []card
	}
	var sections []section
	for _, g := range groups {
		s := section{Title: g.Title}
		for _, d := range g.Documents {
			s.Cards = append(s.Cards, card{document: d, Summary: beginning(m.first[d.Name])})
		}
		sections = append(sections, s)
	}
	home := page{document: document{Title: "Documentation"}, Root: "docs/", Menu: groups, Version: m.version, Summary: beginning(m.first["overview"])}
	return m.write(Home, "home", struct {
		page
		Sections []section
	}{home, sections})
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
