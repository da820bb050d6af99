package factorfile

import (
	"errors"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

// FileError says why a file cannot be read at all, and what to do.
type FileError struct {
	// Detail quotes nothing of the file.
	Detail string
}

// Error returns the detail.
func (e *FileError) Error() string { return e.Detail }

// What an encrypted file lacks. [Read] returns them as they are.
var (
	ErrPasswordNeeded = &FileError{Detail: "The file is encrypted with a password. Give the password, or decrypt the file first."}
	ErrKeyNeeded      = &FileError{Detail: "The file is encrypted with a pre-shared key. Give the key of 16, 24 or 32 bytes that came with it."}
	ErrWrongPassword  = &FileError{Detail: "The password or the key is not that of the file, or the file was changed."}
)

// errStop ends a reader whose caller wants no more records.
var errStop = errors.New("factorfile: no more records are wanted")

// told is what a caller is told of what ended a file.
func told(err error) error {
	var malformed *bounded.Malformed
	if errors.As(err, &malformed) {
		return fileError(malformed.Detail)
	}
	return err
}

func lineRefusal(l bounded.Line) *Refusal {
	if l.Fault == "" {
		return nil
	}
	return &Refusal{Field: "line", Detail: l.Fault}
}

func fileError(detail string) error { return &FileError{Detail: detail} }

// wrongKind is of a file that is not of the format that was named.
func wrongKind(want Format) error {
	return &FileError{Detail: "This is not " + want.product() + ". Expected " + want.expected() + "."}
}

func seems(f Format) error {
	return fileError("This is " + f.product() + "; use --from " + string(f) + ".")
}
