package docs_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// parsed is what a page holds.
type parsed struct {
	lang, title string
	summary     string
	references  []string // of links, pictures, scripts and styles
	ids         map[string]int
	headings    []int
	undescribed []string // pictures
	inline      []string // scripts, styles and handlers that stand in the page
	code        []string
}

func parse(t *testing.T, body []byte) parsed {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	page := parsed{ids: map[string]int{}}
	for node := range root.Descendants() {
		if node.Type == html.ElementNode {
			page.element(node)
		}
	}
	return page
}

func (p *parsed) element(node *html.Node) {
	attributes := map[string]string{}
	for _, a := range node.Attr {
		attributes[a.Key] = a.Val
		switch a.Key {
		case "id":
			p.ids[a.Val]++
		case "href", "src":
			p.references = append(p.references, a.Val)
		}
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(a.Val), "javascript:") {
			p.inline = append(p.inline, a.Key+"="+a.Val)
		}
	}
	switch node.Data {
	case "html":
		p.lang = attributes["lang"]
	case "meta":
		if attributes["name"] == "description" {
			p.summary = attributes["content"]
		}
	case "title":
		p.title = content(node)
	case "h1", "h2", "h3", "h4", "h5", "h6":
		if !inNavigation(node) {
			p.headings = append(p.headings, int(node.Data[1]-'0'))
		}
	case "img":
		if attributes["alt"] == "" || attributes["width"] == "" {
			p.undescribed = append(p.undescribed, attributes["src"])
		}
	case "style", "script":
		if node.FirstChild != nil {
			p.inline = append(p.inline, "<"+node.Data+">")
		}
	case "pre":
		p.code = append(p.code, content(node))
	}
}

func inNavigation(node *html.Node) bool {
	for above := range node.Ancestors() {
		if above.Data == "nav" {
			return true
		}
	}
	return false
}

func content(node *html.Node) string {
	var text strings.Builder
	for inner := range node.Descendants() {
		if inner.Type == html.TextNode {
			text.WriteString(inner.Data)
		}
	}
	return text.String()
}
