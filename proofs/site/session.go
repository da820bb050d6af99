package site

import (
	"bytes"
	"regexp"
	"strings"
)

// session follows what a client of PostgreSQL says, as far as it takes to know what commits.
type session struct {
	open       bool            // a transaction
	background bool            // it is nobody's call
	writes     map[string]bool // of the statements prepared, by name
	own        map[string]bool // those of what runs in the background
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
			s.writes, s.own = map[string]bool{}, map[string]bool{}
		}
		s.writes[string(name)], s.own[string(name)] = writes(string(text)), inBackground(string(text))
	case 'B':
		_, rest, _ := bytes.Cut(body, []byte{0}) // the portal
		name, _, _ := bytes.Cut(rest, []byte{0})
		s.background = s.background || s.own[string(name)]
		return !s.open && s.writes[string(name)]
	}
	return false
}

var writing = regexp.MustCompile(`(?i)\b(insert into|update|delete from)\s+\w`)

var ofBackground = regexp.MustCompile(`\b(write_probe|event_sequencer|webhook_sender|webhooks)\b`)

// inBackground reports a statement of a probe, or of who numbers events and tells them: it comes whenever it likes.
func inBackground(text string) bool { return ofBackground.MatchString(text) }

// writes reports a statement that writes, and is somebody's call.
func writes(text string) bool { return writing.MatchString(text) && !inBackground(text) }

func (s *session) query(text string) (commits bool) {
	switch {
	case strings.HasPrefix(text, "begin"):
		s.open, s.background = true, false
	case text == "commit", text == "rollback":
		s.open = false
	}
	s.background = s.background || s.open && inBackground(text)
	return text == "commit" && !s.background || !s.open && writes(text)
}
