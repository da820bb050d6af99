package factorfile

import (
	"bufio"
	"bytes"
	"encoding/json"
)

// eachObject calls do with each object of a file that is an array, several
// arrays one after the other (pages of a list), or an object on each line. raw is
// nil of a line that is no JSON.
func eachObject(in *bufio.Reader, do func(raw json.RawMessage) error) error {
	head, err := peek(in)
	if err != nil {
		return err
	}
	if head[0] == '{' && json.Valid(peekLine(in)) {
		return eachLine(in, func(l line) error {
			if l.refusal != nil || !json.Valid([]byte(l.text)) {
				return do(nil)
			}
			return do(json.RawMessage(l.text))
		})
	}
	return eachElement(newJSONStream(in), do)
}

func peekLine(in *bufio.Reader) []byte {
	head, _ := in.Peek(maxLine)
	head = bytes.TrimLeft(head, " \t\r\n")
	first, _, _ := bytes.Cut(head, []byte("\n"))
	return first
}

func eachElement(s *jsonStream, do func(raw json.RawMessage) error) error {
	one := func() error {
		raw, err := s.value()
		if err != nil {
			return err
		}
		return do(raw)
	}
	for s.more() {
		if !s.atArray() {
			if err := one(); err != nil {
				return err
			}
			continue
		}
		if err := s.array(one); err != nil {
			return err
		}
	}
	return nil
}

// atArray reports whether an array comes next.
func (s *jsonStream) atArray() bool {
	ahead, _ := s.decoder.Buffered().(*bytes.Reader)
	if ahead == nil {
		return false
	}
	for {
		c, err := ahead.ReadByte()
		if err != nil {
			return false
		}
		if !bytes.ContainsRune([]byte(" \t\r\n"), rune(c)) {
			return c == '['
		}
	}
}

// looseText is a string, and nothing if something else stands there.
type looseText string

// UnmarshalJSON never fails: a record is refused for what it lacks.
func (t *looseText) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*t = looseText(s)
	}
	return nil
}

// looseInt is a whole number, and -1 if something else stands there.
type looseInt int

// UnmarshalJSON never fails: a record is refused for what it lacks.
func (n *looseInt) UnmarshalJSON(raw []byte) error {
	var i int
	if json.Unmarshal(raw, &i) != nil {
		i = -1
	}
	*n = looseInt(i)
	return nil
}

// object reads raw into v, whose members are loose, and reports whether it is an
// object.
func object(raw []byte, v any) bool {
	return len(raw) > 0 && bytes.TrimSpace(raw)[0] == '{' && json.Unmarshal(raw, v) == nil
}

var notAnObject = &Refusal{Field: "record", Detail: "The record is no JSON object of the expected form. Export it again."}
