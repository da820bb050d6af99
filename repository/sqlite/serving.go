package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ServedError says that another process serves a file.
type ServedError struct {
	Path string
	// By is the other process, as it called itself; may be empty.
	By string
}

// Error names the file, the other process and the remedy.
func (e *ServedError) Error() string {
	by := e.By
	if by == "" {
		by = "another process"
	}
	return fmt.Sprintf("the database %s is being served by %s already, and an SQLite file takes one serving process; "+
		"stop that one, or use PostgreSQL for several replicas", e.Path, by)
}

// longestHolder bounds what is read of a lock file.
const longestHolder = 256

// ClaimServing locks a file beside the database for as long as this process
// serves. The kernel releases the lock with the process, however that ends, and
// the file stays; see [LockFile]. It is beside the file itself and not beside a
// link to it.
func ClaimServing(path string) (release func(), err error) {
	actual, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(actual+".serving", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := io.ReadAll(io.LimitReader(file, longestHolder))
		return nil, errors.Join(&ServedError{Path: path, By: strings.TrimSpace(string(holder))}, file.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", file.Name(), err), file.Close())
	}
	writeHolder(file)
	return func() { _ = file.Close() }, nil
}

// writeHolder leaves for others who holds the lock. That it cannot be written is
// no reason not to serve: the lock holds.
func writeHolder(file *os.File) {
	holder := fmt.Sprintf("process %d", os.Getpid())
	if host, err := os.Hostname(); err == nil {
		holder += " on " + host
	}
	if file.Truncate(0) == nil {
		_, _ = file.WriteAt([]byte(holder+"\n"), 0)
	}
}
