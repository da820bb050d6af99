package api

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
)

// maxLine bounds a line in bytes; the longest user is half as long, with every
// character escaped.
const maxLine = 16 << 10

var tooLong = fmt.Sprintf("The line is longer than %d bytes.", maxLine)

// errUTF16 ends an import: none of its lines could be read.
var errUTF16 = &domain.Error{Code: domain.CodeInvalidRequest, Detail: "The text is UTF-16. Save it as UTF-8, and import it again."}

// UserLines reads the users of an import, a JSON object on each line, from the
// line of that number on. Empty lines are left out, and so is the byte order
// mark that editors and spreadsheets begin a file with. Memory is bounded,
// however long a line is.
func UserLines(r io.Reader, from int) iter.Seq2[directory.UserLine, error] {
	return func(yield func(directory.UserLine, error) bool) {
		lines := bufio.NewReaderSize(r, maxLine+len("\r\n"))
		if err := skipByteOrderMark(lines); err != nil {
			yield(directory.UserLine{}, err)
			return
		}
		for number := 1; ; number++ {
			text, whole, err := nextLine(lines)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(directory.UserLine{}, err) // what came of the last line may be half of it
				return
			}
			skipped := number < from || whole && len(text) == 0
			if !skipped && !yield(userLine(number, text, whole), nil) || err != nil {
				return
			}
		}
	}
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

// userLine reads one user. What is wrong with the values is for the domain to
// say, as it says it of any other profile.
func userLine(number int, text []byte, whole bool) directory.UserLine {
	if !whole {
		return badLine(number, tooLong)
	}
	value, mistake := edge.DecodeJSON(text)
	if mistake != nil {
		return badLine(number, cmp.Or(strings.TrimPrefix(mistake.Pointer, "/"), "The line")+" "+mistake.Detail+".")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return badLine(number, "The line must be a JSON object.")
	}
	fields := lineFields{values: object}
	line := directory.UserLine{Number: number, UserID: fields.text("user_id", true), Profile: domain.Profile{
		Username:    fields.text("username", true),
		DisplayName: fields.text("display_name", false),
		AuthSource:  domain.AuthSource(fields.text("auth_source", true)),
		Role:        domain.Role(fields.text("role", true)),
		Active:      fields.flag("active"),
	}, CredentialsChangedAt: fields.time("credentials_changed_at")}
	line.Refusal = fields.refusal()
	return line
}

func badLine(number int, detail string) directory.UserLine {
	return directory.UserLine{Number: number, Refusal: &domain.Error{Code: domain.CodeInvalidRequest, Detail: detail}}
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

func (f *lineFields) flag(name string) bool {
	value, there := f.take(name, true)
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

func (f *lineFields) refusal() *domain.Error {
	if unknown := slices.Sorted(maps.Keys(f.values)); len(unknown) > 0 {
		f.mistakes = append(f.mistakes, edge.SafeName(unknown[0])+" is not a field of a user.")
	}
	if len(f.mistakes) == 0 {
		return nil
	}
	return &domain.Error{Code: domain.CodeInvalidRequest, Detail: strings.Join(f.mistakes, " ")}
}
