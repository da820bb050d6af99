package site

import (
	"bytes"
	"regexp"
	"strings"
)

// session follows what a client of PostgreSQL says, as far as it takes to know what commits.
type session struct {
	open   bool            // a transaction
	writes map[string]bool // of the statements prepared, by name
}

// commits reports whether a message of the client makes something hold: a COMMIT, or outside a transaction a
// statement that writes, as a query or with parameters that are bound to it.
func (s *session) commits(message []byte) bool {
	body := message[5:]
	switch message[0] {
	case 'Q':
		return s.query(strings.ToLower(string(bytes.TrimRight(body, "\x00; "))))
	case 'P':
		name, rest, _ := bytes.Cut(body, []byte{0})
		text, _, _ := bytes.Cut(rest, []byte{0})
		if s.writes == nil {
			s.writes = map[string]bool{}
		}
		s.writes[string(name)] = writes(string(text))
	case 'B':
		_, rest, _ := bytes.Cut(body, []byte{0}) // the portal
		name, _, _ := bytes.Cut(rest, []byte{0})
		return !s.open && s.writes[string(name)]
	}
	return false
}

var writing = regexp.MustCompile(`(?i)\b(insert into|update|delete from)\s+\w`)

// writes reports a statement that writes. That of a probe does not count: it comes whenever it likes.
func writes(text string) bool {
	return writing.MatchString(text) && !strings.Contains(text, "write_probe")
}

func (s *session) query(text string) (commits bool) {
	switch {
	case strings.HasPrefix(text, "begin"):
		s.open = true
	case text == "commit", text == "rollback":
		s.open = false
	}
	return text == "commit" || !s.open && writes(text)
}
