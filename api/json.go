package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

var (
	errNotJSON       = errors.New("must be one JSON value in UTF-8, with nothing after it")
	errDuplicateName = errors.New("has a field that is given twice")
)

// decodeJSON reads exactly one JSON value. No object in it may name a field
// twice (RFC 7493, section 2.3): which of the two counts would be for each
// reader to decide, and those who check must read what those who act read.
func decodeJSON(text []byte) (any, error) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, errNotJSON
	}
	return (&jsonReader{text}).value()
}

// jsonReader reads what is known to be JSON, so that nothing is left to go wrong
// but a name given twice. The tokens of encoding/json cost five times as much.
type jsonReader struct{ rest []byte }

func (r *jsonReader) value() (any, error) {
	r.skipBlanks()
	switch r.rest[0] {
	case '{':
		return r.object()
	case '[':
		return r.array()
	case '"':
		return r.text(), nil
	case 't':
		r.take(len("true"))
		return true, nil
	case 'f':
		r.take(len("false"))
		return false, nil
	case 'n':
		r.take(len("null"))
		return nil, nil
	}
	return json.Number(r.take(len(r.rest) - len(bytes.TrimLeft(r.rest, "+-.0123456789Ee")))), nil
}

func (r *jsonReader) object() (any, error) {
	object := map[string]any{}
	for more := r.more('}'); more; more = r.more('}') {
		name := r.text()
		r.skipBlanks()
		r.take(len(":"))
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		if _, taken := object[name]; taken {
			return nil, errDuplicateName
		}
		object[name] = value
	}
	return object, nil
}

func (r *jsonReader) array() (any, error) {
	array := []any{}
	for more := r.more(']'); more; more = r.more(']') {
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	return array, nil
}

// more goes on to the next item, past the bracket or comma before it, and
// reports whether there is one; else it goes past the end.
func (r *jsonReader) more(end byte) bool {
	r.skipBlanks()
	if r.rest[0] != end {
		r.take(1)
		r.skipBlanks()
	}
	if r.rest[0] == end { // after a comma, no end follows
		r.take(1)
		return false
	}
	return true
}

// text reads a string. One without escapes is what it says.
func (r *jsonReader) text() string {
	end := 1
	escaped := false
	for ; r.rest[end] != '"'; end++ {
		if r.rest[end] == '\\' {
			escaped = true
			end++
		}
	}
	quoted := r.take(end + 1)
	if !escaped {
		return string(quoted[1:end])
	}
	var text string
	_ = json.Unmarshal(quoted, &text) // it is valid
	return text
}

func (r *jsonReader) take(n int) []byte {
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *jsonReader) skipBlanks() { r.rest = bytes.TrimLeft(r.rest, " \t\r\n") }
