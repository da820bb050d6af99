// Package secretfile reads what opens a file of factors from a file of its own.
package secretfile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/countersign/countersign/service/factorfile"
)

// maxFile bounds what is read, in bytes.
const maxFile = 64 << 10

// Password reads the first line of a file.
func Password(flag, path string) (factorfile.Secret, error) {
	text, err := read(flag, path)
	if err != nil {
		return factorfile.Secret{}, err
	}
	line, _, _ := strings.Cut(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return factorfile.Secret{}, fmt.Errorf("%s names a file whose first line is empty; write the password there", flag)
	}
	return factorfile.NewSecret([]byte(line)), nil
}

// Key reads an AES key, in hex or as it is.
func Key(flag, path string) (factorfile.Secret, error) {
	key, err := read(flag, path)
	if err != nil {
		return factorfile.Secret{}, err
	}
	if text, err := hex.DecodeString(strings.TrimSpace(string(key))); err == nil {
		key = text
	}
	if n := len(key); n != 16 && n != 24 && n != 32 {
		return factorfile.Secret{}, fmt.Errorf("%s names a file that has no key of 16, 24 or 32 bytes, in hex or as it is", flag)
	}
	return factorfile.NewSecret(key), nil
}

// read quotes neither the path, in whose place somebody may have put the secret,
// nor what is in the file.
func read(flag, path string) ([]byte, error) {
	text, err := beginning(path)
	var wrong *fs.PathError
	switch {
	case errors.As(err, &wrong):
		return nil, fmt.Errorf("the file of %s cannot be read (%w); check the path, and the mode of that file", flag, wrong.Err)
	case err != nil:
		return nil, err
	case len(text) > maxFile:
		return nil, fmt.Errorf("the file of %s is too large for a secret", flag)
	}
	return text, nil
}

// beginning reads no more than shows that a file is too large: it may have no end.
func beginning(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxFile+1))
}
