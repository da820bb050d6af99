package markdown

import (
	"html"
	"regexp"
	"strings"
)

// shown are the languages as the label of a block calls them.
var shown = map[string]string{
	"sh": "Shell", "console": "Console", "go": "Go", "js": "JavaScript", "ts": "TypeScript", "html": "HTML", "css": "CSS", "json": "JSON",
	"yaml": "YAML", "ini": "INI", "nginx": "nginx", "caddyfile": "Caddyfile", "sql": "SQL", "text": "Text", "http": "HTTP",
	"python": "Python",
}

const (
	texts      = `"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'`
	slashes    = `//[^\n]*|/\*(?s:.*?)\*/`
	hashes     = `(?m:(?:^|[ \t])#[^\n]*)`
	cKeywords  = `break|case|catch|class|const|continue|default|defer|do|else|export|extends|for|from|func|function|if|import|interface|let|new|package|private|public|range|return|static|struct|switch|throw|try|type|var|while|async|await`
	pyKeywords = `and|as|break|class|def|elif|else|except|for|from|if|import|in|is|lambda|not|or|pass|raise|return|try|while|with|yield`
	shKeywords = `case|do|done|elif|else|esac|fi|for|if|in|then|while`
	sqlWords   = `AND|FROM|INSERT|SELECT|SET|UPDATE|WHERE`
)

// tokens tells what in a language is a comment, a text, a keyword or a prompt:
// groups 1 to 4. A block of another language is shown in one colour.
var tokens = map[string]*regexp.Regexp{
	"go":        pattern(slashes, "`[^`]*`|"+texts, cKeywords),
	"js":        pattern(slashes, "`[^`]*`|"+texts, cKeywords),
	"ts":        pattern(slashes, "`[^`]*`|"+texts, cKeywords),
	"css":       pattern(`/\*(?s:.*?)\*/`, texts, "important"),
	"html":      pattern(`<!--(?s:.*?)-->`, texts, "doctype"),
	"json":      pattern(slashes, texts, "true|false|null"),
	"python":    pattern(`#[^\n]*`, texts, pyKeywords),
	"sh":        pattern(hashes, texts, shKeywords),
	"console":   pattern(hashes, texts, shKeywords),
	"yaml":      pattern(hashes, texts, "true|false|null"),
	"nginx":     pattern(hashes, texts, "server|location|upstream"),
	"caddyfile": pattern(hashes, texts, "handle|path|reverse_proxy|respond"),
	"ini":       pattern(`(?m:^[#;][^\n]*)`, texts, "Service|Unit|Install"),
	"sql":       pattern(`--[^\n]*`, texts, sqlWords),
}

func pattern(comment, text, keywords string) *regexp.Regexp {
	return regexp.MustCompile(`(` + comment + `)|(` + text + `)|\b(` + keywords + `)\b|(?m:(^\$ ))`)
}

var classes = []string{"comment", "text", "keyword", "prompt"}

// Code is a block of code with its label. The button that copies it is the
// script's, which finds the block by its language.
func Code(language, code string) string {
	label := shown[language]
	if label == "" {
		label = "Text"
	}
	return `<figure class="code" data-language="` + html.EscapeString(language) + `"><figcaption>` + label + `</figcaption><pre><code>` +
		coloured(tokens[language], code) + "</code></pre></figure>\n"
}

func coloured(tokens *regexp.Regexp, code string) string {
	if tokens == nil {
		return html.EscapeString(code)
	}
	var out strings.Builder
	done := 0
	for _, at := range tokens.FindAllStringSubmatchIndex(code, -1) {
		out.WriteString(html.EscapeString(code[done:at[0]]))
		done = at[1]
		for i, class := range classes {
			if at[2*i+2] >= 0 {
				out.WriteString(`<span class="` + class + `">` + html.EscapeString(code[at[0]:at[1]]) + "</span>")
			}
		}
	}
	return out.String() + html.EscapeString(code[done:])
}
