package edge

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONMistake is what makes a text no JSON that is read here, and where.
type JSONMistake struct {
	Pointer string // JSON pointer (RFC 6901)
	Detail  string
}

// within adds the name under which the value stands that has the mistake. Of a
// pointer that becomes long it keeps the beginning, which leads to something
// that holds the mistake: brackets within brackets do not make a long answer.
func (m *JSONMistake) within(name string) *JSONMistake {
	outer := "/" + SafeName(name)
	if len(m.Pointer) < longestPointer {
		outer += m.Pointer
	}
	return &JSONMistake{outer, m.Detail}
}

const longestPointer = 256

// mistakes of JSON. What they refuse is I-JSON's to refuse (RFC 7493, sections
// 2.1 and 2.3), since each reader makes something else of it.
var (
	errNotJSON       = &JSONMistake{Detail: "must be one JSON value in UTF-8, with nothing after it"}
	errDuplicateName = &JSONMistake{Detail: "has a field that is given twice"}
	errNotUTF8       = &JSONMistake{Detail: "must be UTF-8"}
	errLoneSurrogate = &JSONMistake{Detail: `holds half of a surrogate pair, which is no character: escape both halves, as in \ud83d\ude00, or send the character itself`}
)

// DecodeJSON reads exactly one JSON value. No object in it may name a field
// twice: which of the two counts would be for each reader to decide, and those
// who check must read what those who act read. No string in it may hold what is
// no character: encoding/json reads U+FFFD in the place of each, so that two ids
// would become one.
func DecodeJSON(text []byte) (any, *JSONMistake) {
	if !json.Valid(text) {
		return nil, errNotJSON
	}
	return (&jsonReader{text}).value()
}

// jsonReader reads what is known to be JSON, so that little is left to go wrong.
// The tokens of encoding/json cost five times as much.
type jsonReader struct{ rest []byte }

func (r *jsonReader) value() (any, *JSONMistake) {
	r.skipBlanks()
	switch r.rest[0] {
	case '{':
		return r.object()
	case '[':
		return r.array()
	case '"':
		text, mistake := r.text()
		return text, mistake
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

func (r *jsonReader) object() (any, *JSONMistake) {
	object := map[string]any{}
	for more := r.more('}'); more; more = r.more('}') {
		name, mistake := r.text()
		if mistake != nil {
			return nil, mistake.within("") // a name that cannot be said
		}
		r.skipBlanks()
		r.take(len(":"))
		value, mistake := r.value()
		if mistake != nil {
			return nil, mistake.within(name)
		}
		if _, taken := object[name]; taken {
			return nil, errDuplicateName
		}
		object[name] = value
	}
	return object, nil
}

func (r *jsonReader) array() (any, *JSONMistake) {
	array := []any{}
	for more := r.more(']'); more; more = r.more(']') {
		value, mistake := r.value()
		if mistake != nil {
			return nil, mistake.within(strconv.Itoa(len(array)))
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
func (r *jsonReader) text() (string, *JSONMistake) {
	end := 1
	escaped := false
	for ; r.rest[end] != '"'; end++ {
		if r.rest[end] == '\\' {
			escaped = true
			end++
		}
	}
	quoted := r.take(end + 1)
	switch {
	case !utf8.Valid(quoted):
		return "", errNotUTF8
	case !escaped:
		return string(quoted[1:end]), nil
	case holdsLoneSurrogate(quoted):
		return "", errLoneSurrogate
	}
	var text string
	_ = json.Unmarshal(quoted, &text) // it is valid
	return text, nil
}

// holdsLoneSurrogate reports whether an escape is a surrogate without the other
// half behind it, or before it.
func holdsLoneSurrogate(quoted []byte) bool {
	for i := 0; i < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		i++
		if quoted[i] != 'u' {
			continue
		}
		unit := escapedUnit(quoted[i:])
		i += len("0000")
		if !utf16.IsSurrogate(unit) {
			continue
		}
		second := quoted[i+1:]
		if !bytes.HasPrefix(second, []byte(`\u`)) || utf16.DecodeRune(unit, escapedUnit(second[1:])) == utf8.RuneError {
			return true
		}
		i += len(`\u0000`)
	}
	return false
}

// escapedUnit reads u and the four digits behind it.
func escapedUnit(text []byte) rune {
	unit, _ := strconv.ParseUint(string(text[1:5]), 16, 16) // it is valid
	return rune(unit)
}

func (r *jsonReader) take(n int) []byte {
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *jsonReader) skipBlanks() { r.rest = bytes.TrimLeft(r.rest, " \t\r\n") }
