package factorfile

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

// eachObject calls do with each object of a file that is an array, several
// arrays one after the other (pages of a list), or an object on each line. raw
// may be another value, and is nil of a line that is no JSON: refusal is what to
// say of it then.
func eachObject(in *bufio.Reader, do func(raw json.RawMessage, refusal *Refusal) error) error {
	head, err := peek(in)
	if err != nil {
		return err
	}
	if head[0] == '{' && json.Valid(peekLine(in)) {
		return bounded.EachLine(in, func(l bounded.Line) error {
			if l.Fault != "" || !json.Valid([]byte(l.Text)) {
				return do(nil, cmp.Or(lineRefusal(l), notAnObject))
			}
			return do(json.RawMessage(l.Text), notAnObject)
		})
	}
	return eachElement(bounded.NewJSON(in), func(raw json.RawMessage) error { return do(raw, notAnObject) })
}

func peekLine(in *bufio.Reader) []byte {
	head, _ := in.Peek(bounded.MaxLine)
	head = bytes.TrimLeft(head, " \t\r\n")
	first, _, _ := bytes.Cut(head, []byte("\n"))
	return first
}

func eachElement(s *bounded.JSON, do func(raw json.RawMessage) error) error {
	one := func() error {
		raw, err := s.Value()
		if err != nil {
			return err
		}
		return do(raw)
	}
	for s.More() {
		if !s.AtArray() {
			if err := one(); err != nil {
				return err
			}
			continue
		}
		if err := s.Array(one); err != nil {
			return err
		}
	}
	return nil
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
type looseInt int64

// UnmarshalJSON never fails: a record is refused for what it lacks.
func (n *looseInt) UnmarshalJSON(raw []byte) error {
	var i int64
	if json.Unmarshal(raw, &i) != nil {
		i = -1
	}
	*n = looseInt(i)
	return nil
}

// looseFlag is false if something else than true stands there.
type looseFlag bool

// UnmarshalJSON never fails: a record is refused for what it lacks.
func (f *looseFlag) UnmarshalJSON(raw []byte) error {
	*f = string(raw) == "true"
	return nil
}

// denied reports whether the file says that it is not so; one that says nothing does
// not.
func (f *looseFlag) denied() bool { return f != nil && !bool(*f) }

// object reads raw into v, whose members are loose, and reports whether it is an
// object.
func object(raw []byte, v any) bool {
	return len(raw) > 0 && bytes.TrimSpace(raw)[0] == '{' && json.Unmarshal(raw, v) == nil
}

var notAnObject = &Refusal{Field: "record", Detail: "The record is no JSON object of the expected form. Export it again."}
