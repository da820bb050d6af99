package bounded

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxLine bounds a line in bytes. The longest has the ten factors that Google
// Authenticator puts into one QR code, or more of other apps.
const MaxLine = 64 << 10

// BufferSize is the size of the bufio.Reader that [EachLine] wants.
const BufferSize = MaxLine + len("\r\n")

// Line is one that is not empty, without its end and the blanks around it.
type Line struct {
	Number int // from 1
	Text   string
	Raw    string // the text with the blanks around it
	// Fault says why the line cannot be read; it is empty of one that can.
	Fault string
}

// EachLine calls do with each line that is not empty, until it fails.
func EachLine(in *bufio.Reader, do func(Line) error) error {
	for number := 1; ; number++ {
		text, whole, last, err := next(in)
		if err != nil {
			return err // what came of the last line may be half of it
		}
		raw := string(text)
		trimmed := strings.Trim(raw, " \t\r")
		if !whole || trimmed != "" {
			if err := do(Line{Number: number, Text: trimmed, Raw: raw, Fault: fault(trimmed, whole)}); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}

func fault(text string, whole bool) string {
	switch {
	case !whole:
		return "The line is longer than 64 KiB. Look for a missing end of line."
	case !utf8.ValidString(text):
		return "The line is not UTF-8. Save the file as UTF-8, and import it again."
	}
	return ""
}

// EachRawLine calls do with each line as it stands, until it fails. One that is
// too long or no UTF-8 is empty.
func EachRawLine(in *bufio.Reader, do func(text string) error) error {
	for {
		text, whole, last, err := next(in)
		if err != nil {
			return err
		}
		if !whole || !utf8.Valid(text) {
			text = nil
		}
		if err := do(string(text)); err != nil || last {
			return err
		}
	}
}

// next returns a line without its end; whole is false of one that is too long.
func next(in *bufio.Reader) (text []byte, whole, last bool, err error) {
	text, err = in.ReadSlice('\n')
	whole = !errors.Is(err, bufio.ErrBufferFull)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	if errors.Is(err, io.EOF) {
		last, err = true, nil
	}
	if !whole {
		return nil, false, last, err
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	return text, len(text) <= MaxLine, last, err
}
