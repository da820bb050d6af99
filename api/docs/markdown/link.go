package markdown

import (
	"fmt"
	"html"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// link leads to what is served. Of all else it says where it is.
func (b *blocks) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	href, served := b.around.Link(string(node.(*ast.Link).Destination))
	switch {
	case !served && !entering:
		fmt.Fprintf(w, " (<code>%s</code> in the source code)", html.EscapeString(href))
	case served && entering:
		fmt.Fprintf(w, `<a href="%s">`, html.EscapeString(href))
	case served:
		fmt.Fprint(w, "</a>")
	}
	return ast.WalkContinue, nil
}

func (b *blocks) picture(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	src, width, height, err := b.around.Picture(string(node.(*ast.Image).Destination))
	if err != nil {
		return ast.WalkStop, err
	}
	fmt.Fprintf(w, `<img src="%s" alt="%s" width="%d" height="%d" loading="lazy">`, html.EscapeString(src), html.EscapeString(plain(node, source)), width, height)
	return ast.WalkSkipChildren, nil
}
