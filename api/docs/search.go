package docs

import (
	"encoding/json"
	"strings"

	"github.com/countersign/countersign/api/asset"
	"github.com/countersign/countersign/api/docs/markdown"
	"github.com/countersign/countersign/api/docs/reference"
)

// found is a section as the search knows it. The names are short, for there are
// many.
type found struct {
	Address string `json:"a"`
	Page    string `json:"p"`
	Heading string `json:"h"`
	Text    string `json:"t"`
}

// index is what the search of the page looks through.
type index []found

func (i *index) add(of document, sections []markdown.Section) {
	for _, s := range sections {
		at := found{Address: of.Name, Page: of.Title, Heading: of.Title, Text: s.Body}
		if s.Anchor != "" {
			at.Heading = s.Text
		}
		if s.Level > 1 {
			at.Address += "#" + s.Anchor
		}
		*i = append(*i, at)
	}
}

func (i *index) addOperations(of document, r *reference.Reference) {
	for _, g := range r.Groups {
		for _, op := range g.Operations {
			*i = append(*i, found{
				Address: of.Name + "#" + op.ID, Page: of.Title, Heading: op.Summary, Text: op.Method + " " + op.Path + " " + unmarked.Replace(op.Text),
			})
		}
	}
}

// unmarked is Markdown as far as descriptions of operations have it.
var unmarked = strings.NewReplacer("`", "", "\n", " ")

func (i index) file() asset.File {
	body, _ := json.Marshal(i) // strings cannot fail
	return asset.New("application/json", body)
}
