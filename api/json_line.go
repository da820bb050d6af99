package api

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/service/domain"
)

// maxLine bounds a line in bytes; the longest user is half as long, with every
// character escaped.
const maxLine = 16 << 10

var tooLong = fmt.Sprintf("The line is longer than %d bytes.", maxLine)

// errUTF16 ends an import: none of its lines could be read.
var errUTF16 = &domain.Error{Code: domain.CodeInvalidRequest, Detail: "The text is UTF-16. Save it as UTF-8, and import it again."}

// lineFormat makes lines of an import of JSON objects.
type lineFormat[L any] struct {
	of    string // what a line is, in the singular
	parse func(number int, f *lineFields) L
	// refused is a line with what is wrong with it.
	refused func(L, *domain.Error) L
	// bad is a line of which nothing could be read.
	bad func(number int) L
}

// lines reads a JSON object on each line, from the line of that number on. Empty
// lines are left out, and so is the byte order mark that editors and spreadsheets
// begin a file with. Memory is bounded, however long a line is.
func (f lineFormat[L]) lines(r io.Reader, from int) iter.Seq2[L, error] {
	return func(yield func(L, error) bool) {
		lines := bufio.NewReaderSize(r, maxLine+len("\r\n"))
		if err := skipByteOrderMark(lines); err != nil {
			yield(*new(L), err)
			return
		}
		for number := 1; ; number++ {
			text, whole, err := nextLine(lines)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(*new(L), err) // what came of the last line may be half of it
				return
			}
			skipped := number < from || whole && len(text) == 0
			if !skipped && !yield(f.line(number, text, whole), nil) || err != nil {
				return
			}
		}
	}
}

// line reads one line. What is wrong with the values is for the domain to say, as
// it says it elsewhere.
func (f lineFormat[L]) line(number int, text []byte, whole bool) L {
	fields, mistake := lineObject(text, whole)
	if mistake != "" {
		return f.refused(f.bad(number), &domain.Error{Code: domain.CodeInvalidRequest, Detail: mistake})
	}
	line := f.parse(number, fields)
	return f.refused(line, fields.refusal(f.of))
}

// lineObject returns the fields of a line, or what is wrong with it.
func lineObject(text []byte, whole bool) (_ *lineFields, mistake string) {
	if !whole {
		return nil, tooLong
	}
	value, wrong := edge.DecodeJSON(text)
	if wrong != nil {
		return nil, cmp.Or(strings.TrimPrefix(wrong.Pointer, "/"), "The line") + " " + wrong.Detail + "."
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, "The line must be a JSON object."
	}
	return &lineFields{values: object}, ""
}

// skipByteOrderMark passes over one at the very start, which says nothing (RFC
// 3629, section 6). Elsewhere it is a character like others.
func skipByteOrderMark(r *bufio.Reader) error {
	begin, err := r.Peek(len(utf8Mark))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case string(begin) == utf8Mark:
		_, _ = r.Discard(len(utf8Mark)) // it has been read
	case bytes.HasPrefix(begin, []byte("\xff\xfe")), bytes.HasPrefix(begin, []byte("\xfe\xff")):
		return errUTF16
	}
	return nil
}

const utf8Mark = "\ufeff"

// nextLine returns a line without its end and the blanks around it; whole is
// false of one that is too long, in which blanks count and the end does not.
func nextLine(r *bufio.Reader) (text []byte, whole bool, err error) {
	text, err = r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
		return bytes.Trim(text, " \t\r"), len(text) <= maxLine, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	return nil, false, err
}

// lineFields are the fields of a line, and what is wrong with them. A field is
// taken out when it is read, so that what is left does not belong there.
type lineFields struct {
	values   map[string]any
	mistakes []string
}

func (f *lineFields) take(name string, required bool) (value any, there bool) {
	value, there = f.values[name]
	delete(f.values, name)
	if !there && required {
		f.mistakes = append(f.mistakes, name+" is required.")
	}
	return value, there
}

func (f *lineFields) text(name string, required bool) string {
	value, there := f.take(name, required)
	text, ok := value.(string)
	if there && !ok {
		f.mistakes = append(f.mistakes, name+" must be a string.")
	}
	return text
}

func (f *lineFields) flag(name string, required bool) bool {
	value, there := f.take(name, required)
	flag, ok := value.(bool)
	if there && !ok {
		f.mistakes = append(f.mistakes, name+" must be true or false.")
	}
	return flag
}

// time reads one that may be left out; zero: it is.
func (f *lineFields) time(name string) time.Time {
	value, there := f.take(name, false)
	if !there {
		return time.Time{}
	}
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		f.mistakes = append(f.mistakes, name+" must be a time as in RFC 3339, such as 2026-02-03T10:00:00Z.")
	}
	return at
}

// number is 0 where it is left out, and no greater than can be multiplied by a
// second.
func (f *lineFields) number(name string) int {
	value, there := f.take(name, false)
	number, _ := value.(json.Number) // empty where it is none
	n, err := strconv.Atoi(number.String())
	if there && (err != nil || n <= 0) {
		f.mistakes = append(f.mistakes, name+" must be a whole number above 0.")
	}
	return min(n, math.MaxInt32)
}

// refusal says of what the fields are in the singular.
func (f *lineFields) refusal(of string) *domain.Error {
	if unknown := slices.Sorted(maps.Keys(f.values)); len(unknown) > 0 {
		f.mistakes = append(f.mistakes, edge.SafeName(unknown[0])+" is not a field of a "+of+".")
	}
	if len(f.mistakes) == 0 {
		return nil
	}
	return &domain.Error{Code: domain.CodeInvalidRequest, Detail: strings.Join(f.mistakes, " ")}
}
