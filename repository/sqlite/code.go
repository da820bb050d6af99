package sqlite

import (
	"errors"
	"syscall"
)

// SQLite's result codes (sqlite.org/rescode.html).
const (
	busyCode     = 5
	lockedCode   = 6
	readOnlyCode = 8
	fullCode     = 13
	// The file of the index of the write-ahead log cannot grow: it is a megabyte
	// at the most, and a disk without that much is full.
	indexSizeCode = 10 | 19<<8
)

// Code returns a result code with its extension, or zero.
func Code(err error) int {
	var coded interface{ Code() int }
	if !errors.As(err, &coded) {
		return 0
	}
	return coded.Code()
}

// DiskFull reports that there is no room for what was to be written.
func DiskFull(err error) bool {
	code := Code(err)
	return code&0xff == fullCode || code == indexSizeCode ||
		errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// Busy reports SQLITE_BUSY or SQLITE_LOCKED, whatever the extension.
func Busy(err error) bool {
	primary := Code(err) & 0xff
	return primary == busyCode || primary == lockedCode
}

// ReadOnly reports SQLITE_READONLY, whatever the extension.
func ReadOnly(err error) bool { return Code(err)&0xff == readOnlyCode }
