package main

import (
	"bufio"
	"bytes"
	"os"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// keyLine begins a text in strings/en.js: each has its own line, or several
// that are indented further.
var keyLine = regexp.MustCompile(`^  '([^']+)': `)

// texts leaves out the English texts that are not used.
func texts(used func(key string) bool) api.Plugin {
	return api.Plugin{Name: "texts", Setup: func(build api.PluginBuild) {
		build.OnLoad(api.OnLoadOptions{Filter: `[/\\]strings[/\\]en\.js$`}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			source, err := os.ReadFile(a.Path)
			kept := only(source, used)
			return api.OnLoadResult{Contents: &kept}, err
		})
	}}
}

func only(source []byte, used func(key string) bool) string {
	var kept strings.Builder
	dropping := false
	for lines := bufio.NewScanner(bytes.NewReader(source)); lines.Scan(); {
		line := lines.Text()
		if match := keyLine.FindStringSubmatch(line); match != nil {
			dropping = !used(match[1])
		} else if !strings.HasPrefix(line, "  ") {
			dropping = false
		}
		if !dropping {
			kept.WriteString(line + "\n")
		}
	}
	return kept.String()
}

// code is a module without its texts and with its templates taken apart: one of
// three holes is "a.".concat(b, ".c.").concat(d, ".").concat(e).
type code string

func (c code) has(before, text, after string) bool {
	return strings.Contains(string(c), before+`"`+text+`"`+after)
}

// uses reports whether a module can ask for a text: its key is written out, or
// can be put together from what is there. Better one text too many than one
// that is missing.
func (c code) uses(key string) bool {
	if c.has("", key, "") {
		return true
	}
	for i := strings.Index(key, "."); i > 0 && i < len(key); i++ {
		if c.has("", key[:i+1], ".concat(") || key[i] == '.' && c.joins(key, i) {
			return true
		}
	}
	return false
}

// joins reports whether a template that begins with a hole, or two with a dot
// between them, can make the key. What it goes on with is at i.
func (c code) joins(key string, i int) bool {
	if !c.uses(key[:i]) && !c.pairs(key[:i]) {
		return false
	}
	for j := i + 2; j <= len(key); j++ {
		if (j == len(key) || key[j-1] == '.') && c.has(", ", key[i:j], ")") {
			return true
		}
	}
	return false
}

var pair = regexp.MustCompile(`""\.concat\([^"]*, "\."\)`)

// pairs reports whether a template of two holes with a dot between them can
// make what a key begins with.
func (c code) pairs(begins string) bool {
	before, _, several := strings.Cut(begins, ".")
	for several && !c.has("", before, "") {
		var next string
		next, _, several = strings.Cut(begins[len(before)+1:], ".")
		before += "." + next
	}
	return several && pair.MatchString(string(c))
}
