package markdown

import (
	"fmt"
	"html"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// longestFigure is how many letters a cell may have in a table of figures, which
// are compared down the columns.
const longestFigure = 40

// isProse reports whether a table is one to be read line by line: where there is
// little room, each row becomes a block, with the names of the columns in it. Side
// by side, such columns would be slivers, or most of each row out of sight.
func isProse(table ast.Node, source []byte) bool {
	for row := table.FirstChild().NextSibling(); row != nil; row = row.NextSibling() {
		for cell := row.FirstChild().NextSibling(); cell != nil; cell = cell.NextSibling() {
			if utf8.RuneCountInString(plain(cell, source)) > longestFigure {
				return true
			}
		}
	}
	return false
}

// table may be wider than the page, and scrolls in a box of its own. The roles are
// what its elements are anyway, but to a browser that forgets it of what is shown
// as blocks.
func (b *blocks) table(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	text := "</table></div>\n"
	if entering {
		text = `<div class="scroll"><table role="table">`
		if isProse(node, source) {
			text = `<div class="scroll"><table class="prose" role="table">`
		}
	}
	_, err := w.WriteString(text)
	return ast.WalkContinue, err
}

// tableHeader leaves out one that says nothing.
func (b *blocks) tableHeader(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	body := ""
	if node.NextSibling() != nil {
		body = `<tbody role="rowgroup">` + "\n"
	}
	switch {
	case plain(node, source) == "" && entering:
		return ast.WalkSkipChildren, nil
	case plain(node, source) == "":
		_, err := w.WriteString(body)
		return ast.WalkContinue, err
	case entering:
		_, err := w.WriteString(`<thead role="rowgroup"><tr role="row">`)
		return ast.WalkContinue, err
	}
	_, err := w.WriteString("</tr></thead>\n" + body)
	return ast.WalkContinue, err
}

func (b *blocks) tableRow(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	text := `<tr role="row">` + "\n"
	if !entering {
		text = "</tr>\n"
		if node.NextSibling() == nil {
			text += "</tbody>\n"
		}
	}
	_, err := w.WriteString(text)
	return ast.WalkContinue, err
}

// tableCell heads a column only where it says something. A number is set to the
// right by a class, for the style that the library writes would be stopped.
func (b *blocks) tableCell(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	tag, attributes := "td", ` role="cell"`
	if node.Parent().Kind() == tables.KindTableHeader && node.HasChildren() {
		tag, attributes = "th", ` role="columnheader"`
	}
	if node.(*tables.TableCell).Alignment == tables.AlignRight {
		attributes += ` class="number"`
	}
	text := "</" + tag + ">"
	if entering {
		text = "<" + tag + attributes + columnName(node, source) + ">"
	}
	_, err := w.WriteString(text)
	return ast.WalkContinue, err
}

// columnName is what a cell is, for where it does not stand below the head of its
// column. The first one names the row.
func columnName(cell ast.Node, source []byte) string {
	head := cell.Parent().Parent().FirstChild()
	if cell.Parent() == head || cell.PreviousSibling() == nil {
		return ""
	}
	of := head.FirstChild()
	for before := cell.PreviousSibling(); before != nil && of != nil; before = before.PreviousSibling() {
		of = of.NextSibling()
	}
	if of == nil || !of.HasChildren() {
		return ""
	}
	return fmt.Sprintf(` data-column="%s"`, html.EscapeString(plain(of, source)))
}
