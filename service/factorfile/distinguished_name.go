package factorfile

import (
	"encoding/hex"
	"strings"
)

// unescapeDN is the first value of a distinguished name, whose rest follows a
// comma or a plus sign (RFC 4514, section 3). Blanks around it are its own only if
// they are escaped (section 2.4).
func unescapeDN(text string) string {
	var value []byte
	kept := 0 // of the value, without such blanks
	text = strings.TrimLeft(text, blanks)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ',', c == '+', c == ';':
			return string(value[:kept])
		case c != '\\' || i+1 == len(text):
			if value = append(value, c); strings.IndexByte(blanks, c) < 0 {
				kept = len(value)
			}
		default:
			octet, err := hex.DecodeString(text[i+1 : min(i+3, len(text))])
			if err != nil || len(octet) != 1 {
				octet = []byte{text[i+1]}
				i--
			}
			value = append(value, octet...)
			kept = len(value)
			i += 2
		}
	}
	return string(value[:kept])
}

const blanks = " \t\r\n"

// escapeDN writes a value so that it is one (RFC 4514, section 2.4).
func escapeDN(value string) string {
	var text strings.Builder
	for i := range len(value) {
		c := value[i]
		edge := i == 0 && (c == ' ' || c == '#') || i == len(value)-1 && c == ' '
		if edge || strings.IndexByte(`"+,;<>\=`, c) >= 0 {
			text.WriteByte('\\')
		}
		text.WriteByte(c)
	}
	return text.String()
}
