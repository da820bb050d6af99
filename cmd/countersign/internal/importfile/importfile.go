// Package importfile opens and reads the file of an import.
package importfile

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
)

// File is the path of a file of lines or records; - is standard input.
type File string

// Open opens it for reading. The error says what to look at.
func (f File) Open() (*os.File, error) {
	if f == "-" {
		return os.Stdin, nil
	}
	file, err := os.Open(string(f))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read; check its path and mode: %w", err)
	}
	return file, nil
}

// Name is how messages call it.
func (f File) Name() string {
	if f == "-" {
		return "stdin"
	}
	return terminal.Plain(string(f))
}

// Interruptible reads what r has, until stop is called. Standard input, which
// may be waiting for somebody to type, cannot be told to stop.
func Interruptible(r io.Reader) (text io.Reader, stop func()) {
	text, copied := io.Pipe()
	go func() {
		_, err := io.Copy(copied, r)
		_ = copied.CloseWithError(err)
	}()
	return text, func() { _ = copied.CloseWithError(context.Canceled) }
}
