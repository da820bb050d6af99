package markdown

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	tables "github.com/yuin/goldmark/extension/ast"
)

// plain is the text of a node, on one line.
func plain(node ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				out.Write(n.Segment.Value(source))
				if n.SoftLineBreak() || n.HardLineBreak() {
					out.WriteByte(' ')
				}
			}
		case *ast.FencedCodeBlock:
			if entering && language(n, source) != diagramLanguage {
				out.Write(n.Lines().Value(source))
			}
		case *ast.CodeBlock:
			if entering {
				out.Write(n.Lines().Value(source))
			}
		case *ast.Paragraph, *ast.TextBlock, *tables.TableCell, *ast.ListItem:
			out.WriteByte(' ')
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(out.String()), " ")
}

func join(a, b string) string { return strings.TrimSpace(a + " " + b) }

// anchor names a heading as GitHub does, where the same links have to lead to
// the same place; a title that was there before gets a number.
func anchor(title string, taken map[string]int) string {
	var name strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r == ' ':
			name.WriteRune('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			name.WriteRune(r)
		}
	}
	base := name.String()
	count := taken[base]
	taken[base]++
	if count == 0 {
		return base
	}
	return fmt.Sprintf("%s-%d", base, count)
}
