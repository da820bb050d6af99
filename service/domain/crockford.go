package domain

import "strings"

// crockford is Crockford's base32: people read it aloud and type it without
// mistaking one symbol for another.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var crockfordFold = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// crockfordOf makes one symbol of each random byte, and changes the bytes.
func crockfordOf(random []byte) string {
	for i, b := range random {
		random[i] = crockford[b%32] // 256 is a multiple of 32: every symbol is equally likely
	}
	return string(random)
}

// parseCrockford reads symbols as people type them: any case, with or without
// hyphens and spaces, O for 0 and I or L for 1. It reports whether there are count
// of them, and nothing else.
func parseCrockford(text string, count int) (symbols string, ok bool) {
	symbols = crockfordFold.Replace(strings.ToUpper(text))
	return symbols, len(symbols) == count && strings.Trim(symbols, crockford) == ""
}

// inFours shows symbols in groups of four.
func inFours(symbols string) string {
	groups := make([]string, 0, len(symbols)/4)
	for i := 0; i+4 <= len(symbols); i += 4 {
		groups = append(groups, symbols[i:i+4])
	}
	return strings.Join(groups, "-")
}
