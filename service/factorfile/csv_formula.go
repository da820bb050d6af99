package factorfile

import "strings"

// formulaSigns begin a formula where a spreadsheet opens the file (OWASP, "CSV
// Injection"): what people call their devices is theirs to choose.
const formulaSigns = "=+-@\t\r"

// guarded is a text that no spreadsheet takes for a formula: it has an apostrophe
// before it then, and so has what would be read as such a one.
func guarded(text string) string {
	if formula(text) {
		return "'" + text
	}
	return text
}

// unguarded takes the apostrophe away again.
func unguarded(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && formula(rest) {
		return rest
	}
	return text
}

// formula reports whether a formula begins here, or behind apostrophes.
func formula(text string) bool {
	text = strings.TrimLeft(text, "'")
	return text != "" && strings.IndexByte(formulaSigns, text[0]) >= 0
}
