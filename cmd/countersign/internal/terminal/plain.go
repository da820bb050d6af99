package terminal

import (
	"strconv"
	"strings"
	"unicode"
)

// Plain is a text without what a terminal obeys: whatever does not print is written
// as Go escapes it. Names of files may have it, and whoever sends one chooses them.
func Plain(text string) string {
	if !strings.ContainsFunc(text, obeyed) {
		return text
	}
	var plain strings.Builder
	for _, r := range text {
		if obeyed(r) {
			plain.WriteString(strings.Trim(strconv.QuoteRuneToGraphic(r), "'"))
		} else {
			plain.WriteRune(r)
		}
	}
	return plain.String()
}

func obeyed(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) }
