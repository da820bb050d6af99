package factorfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// maxLine bounds a line in bytes. The longest has the ten factors that Google
// Authenticator puts into one QR code, or more of other apps.
const maxLine = 64 << 10

// line is one that is not empty.
type line struct {
	number  int
	text    string
	refusal *Refusal // of one that cannot be read
}

// eachLine calls do with each line. Memory is bounded, however long a line is.
func eachLine(in *bufio.Reader, do func(line) error) error {
	for number := 1; ; number++ {
		text, whole, err := nextLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return err // what came of the last line may be half of it
		}
		if !whole || len(text) > 0 {
			if err := do(newLine(number, text, whole)); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

// eachRawLine is eachLine with the blanks before the text and with empty lines;
// what is too long or no UTF-8 is empty.
func eachRawLine(in *bufio.Reader, do func(text string) error) error {
	for {
		text, whole, err := wholeLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !whole || !utf8.Valid(text) {
			text = nil
		}
		if err := do(string(text)); err != nil {
			return err
		}
		if err != nil {
			return nil
		}
	}
}

func newLine(number int, text []byte, whole bool) line {
	l := line{number: number, text: string(text)}
	switch {
	case !whole:
		l.refusal = &Refusal{Field: "line", Detail: "The line is longer than 64 KiB. Look for a missing end of line."}
	case !utf8.Valid(text):
		l.refusal = &Refusal{Field: "line", Detail: "The line is not UTF-8. Save the file as UTF-8, and import it again."}
	}
	return l
}

// nextLine returns a line without its end and the blanks around it; whole is
// false of one that is too long.
func nextLine(in *bufio.Reader) (text []byte, whole bool, err error) {
	text, whole, err = wholeLine(in)
	return bytes.Trim(text, " \t\r"), whole, err
}

func wholeLine(in *bufio.Reader) (text []byte, whole bool, err error) {
	text, err = in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
		return text, len(text) <= maxLine, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	return nil, false, err
}
