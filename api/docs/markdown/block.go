package markdown

import (
	"fmt"
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"github.com/countersign/countersign/api/docs/sequence"
)

const (
	anchorAttribute = "anchor"
	diagramLanguage = "mermaid"
)

// blocks renders what the library would render otherwise than our pages need.
type blocks struct {
	around Surroundings
	raise  int
}

// RegisterFuncs tells the library which.
func (b *blocks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, b.heading)
	r.Register(ast.KindFencedCodeBlock, b.fence)
	r.Register(ast.KindCodeBlock, b.indented)
	r.Register(ast.KindLink, b.link)
	r.Register(ast.KindImage, b.picture)
	r.Register(tables.KindTable, b.table)
	r.Register(tables.KindTableHeader, b.tableHeader)
	r.Register(tables.KindTableRow, b.tableRow)
	r.Register(tables.KindTableCell, b.tableCell)
}

func (b *blocks) heading(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	level := max(1, node.(*ast.Heading).Level-b.raise)
	name, _ := node.AttributeString(anchorAttribute)
	if entering {
		fmt.Fprintf(w, `<h%d id="%s">`, level, html.EscapeString(fmt.Sprint(name)))
		return ast.WalkContinue, nil
	}
	if level > 1 {
		fmt.Fprintf(w, ` <a class="anchor" href="#%s" aria-label="Link to %s">#</a>`, html.EscapeString(fmt.Sprint(name)), html.EscapeString(plain(node, source)))
	}
	fmt.Fprintf(w, "</h%d>\n", level)
	return ast.WalkContinue, nil
}

func language(node *ast.FencedCodeBlock, source []byte) string { return string(node.Language(source)) }

func (b *blocks) fence(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := node.(*ast.FencedCodeBlock)
	code, in := string(block.Lines().Value(source)), language(block, source)
	if in == diagramLanguage {
		return ast.WalkSkipChildren, diagram(w, code)
	}
	if shown[in] == "" {
		return ast.WalkStop, fmt.Errorf("no language %q is known to api/docs/markdown/code.go", in)
	}
	_, err := w.WriteString(Code(in, code))
	return ast.WalkSkipChildren, err
}

// indented is a block without a language.
func (b *blocks) indented(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	_, err := w.WriteString(Code("", string(node.Lines().Value(source))))
	return ast.WalkSkipChildren, err
}

// diagram draws it, and says the same in words.
func diagram(w util.BufWriter, code string) error {
	drawn, err := sequence.Parse(code)
	if err != nil {
		return err
	}
	var steps strings.Builder
	for _, sentence := range drawn.Sentences() {
		steps.WriteString("<li>" + html.EscapeString(sentence) + "</li>")
	}
	fmt.Fprintf(w, `<figure class="diagram"><div class="scroll">%s</div><details><summary>The same in words</summary><ol>%s</ol></details></figure>`+"\n",
		drawn.SVG(), steps.String())
	return nil
}
