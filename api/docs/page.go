package docs

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"github.com/countersign/countersign/api/asset"
	"github.com/countersign/countersign/api/docs/markdown"
	"github.com/countersign/countersign/api/docs/reference"
)

//go:embed page/*.html
var templates embed.FS

var layout = template.Must(template.New("").Funcs(template.FuncMap{
	"code": func(language, text string) template.HTML {
		return template.HTML(markdown.Code(language, text)) //nolint:gosec // it escapes the text
	},
}).ParseFS(templates, "page/*.html"))

// page is what the layout shows.
type page struct {
	document
	Root     string // what leads from the page to the others
	Menu     []group
	Headings []markdown.Heading // beside the text
	Content  template.HTML
	Previous *document
	Next     *document
	Version  string
	Summary  string
}

// Home leads to the first page, which stands above the others.
func (p page) Home() string {
	if above, isHome := strings.CutSuffix(p.Root, "docs/"); isHome {
		return above + "docs"
	}
	return "../" + p.Root + "docs"
}

// maker makes all pages of one site.
type maker struct {
	files   map[string]asset.File
	version string
	pages   map[string]string
	index   index
	first   map[string]string // what each document begins with, by name
}

// addPages makes the pages, and returns those for addresses that lead nowhere.
func addPages(files map[string]asset.File, version string) (missing []asset.File, err error) {
	m := maker{files: files, version: version, pages: pages(), first: map[string]string{}}
	all := documents()
	for i, d := range all {
		p := page{document: d, Menu: groups, Version: version}
		if i > 0 {
			p.Previous = &all[i-1]
		}
		if i+1 < len(all) {
			p.Next = &all[i+1]
		}
		if err := m.add(p); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Source, err)
		}
	}
	files["search.json"] = m.index.file()
	if files[Home], err = m.home(); err != nil {
		return nil, err
	}
	for depth := range deepest + 1 {
		page, err := m.missing(depth)
		if err != nil {
			return nil, err
		}
		missing = append(missing, page)
	}
	return missing, nil
}

func (m *maker) add(p page) error {
	source, err := p.read()
	if err != nil {
		return err
	}
	if p.Source == contractSource {
		return m.addReference(p, source)
	}
	converted, err := m.converter(p.Source, 0).Convert(source)
	if err != nil {
		return err
	}
	m.index.add(p.document, converted.Sections)
	m.first[p.Name] = firstText(converted.Sections)
	p.Summary = beginning(m.first[p.Name])
	p.Content = template.HTML(converted.HTML) //nolint:gosec // our own documents, by a converter that passes no HTML through
	p.Headings = beside(converted.Headings)
	return m.write(p.Name, "document", p)
}

func (m *maker) converter(source string, raise int) *markdown.Converter {
	return markdown.New(surroundings{source: source, pages: m.pages}, raise)
}

// beside are the headings that the page lists: not its title, and none that are
// deep.
func beside(all []markdown.Heading) []markdown.Heading {
	var shown []markdown.Heading
	for _, h := range all {
		if h.Level == 2 || h.Level == 3 {
			shown = append(shown, h)
		}
	}
	return shown
}

func (m *maker) write(name, template string, data any) (err error) {
	m.files[name], err = laidOut(template, data)
	return err
}

func laidOut(template string, data any) (asset.File, error) {
	var out bytes.Buffer
	err := layout.ExecuteTemplate(&out, template, data)
	return asset.New("text/html; charset=utf-8", out.Bytes()), err
}

func (m *maker) addReference(p page, source []byte) error {
	introduction, parts := m.converter(p.Source, 1), m.converter(p.Source, 0)
	r, err := reference.Read(source, func(text string) (string, error) {
		converted, err := parts.Convert([]byte(text))
		return converted.HTML, err
	})
	if err != nil {
		return err
	}
	begun, err := introduction.Convert([]byte(r.Introduction))
	if err != nil {
		return err
	}
	m.index.add(p.document, begun.Sections)
	m.index.addOperations(p.document, r)
	calls, err := json.Marshal(r.Calls())
	if err != nil {
		return err
	}
	m.files["calls.json"] = asset.New("application/json", calls)
	m.first[p.Name] = firstText(begun.Sections)
	p.Summary = "Every operation of the HTTP API: what it takes, what it answers, and who may call it."
	p.Content = template.HTML(begun.HTML) //nolint:gosec // our own contract, by a converter that passes no HTML through
	return m.write(p.Name, "reference", struct {
		page
		*reference.Reference
		Introductory []markdown.Heading
	}{p, r, begun.Headings})
}
