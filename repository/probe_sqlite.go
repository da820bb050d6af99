package repository

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/countersign/countersign/service"
)

// probeBusyTimeout is shorter than a probe may take, since the wait for another
// writer does not end with its context.
const probeBusyTimeout = "&_pragma=busy_timeout(2000)"

func openSQLiteProbe(path string, opts Options) (probe, func() error, error) {
	db, err := openSQLiteHandle(path, probeBusyTimeout, 1, false, opts)
	if err != nil {
		return probe{}, nil, err
	}
	return probe{
		db: db, finding: sqliteFinding, dataVersion: "PRAGMA data_version",
		warned: func() error { return nil },
	}, func() error { return closeAll(db) }, nil
}

// SQLite's result codes (sqlite.org/rescode.html).
const (
	sqliteBusyCode     = 5
	sqliteLockedCode   = 6
	sqliteReadOnlyCode = 8
	sqliteFullCode     = 13
	// The file of the index of the write-ahead log cannot grow: it is a megabyte
	// at the most, and a disk without that much is full.
	sqliteIndexSizeCode = 10 | 19<<8
)

// sqliteCode returns a result code with its extension, or zero.
func sqliteCode(err error) int {
	var coded interface{ Code() int }
	if !errors.As(err, &coded) {
		return 0
	}
	return coded.Code()
}

func sqliteFinding(err error) service.Finding {
	code := sqliteCode(err)
	switch {
	case sqliteDiskFull(err):
		return service.DatabaseDiskFull
	case code == 0:
		return ""
	case sqliteBusy(err):
		return service.DatabaseNotCommitting
	case code&0xff == sqliteReadOnlyCode:
		return service.DatabaseReadOnly
	}
	return service.DatabaseFailing
}

func sqliteDiskFull(err error) bool {
	code := sqliteCode(err)
	return code&0xff == sqliteFullCode || code == sqliteIndexSizeCode ||
		errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// sqliteBusy reports SQLITE_BUSY or SQLITE_LOCKED, whatever the extension.
func sqliteBusy(err error) bool {
	primary := sqliteCode(err) & 0xff
	return primary == sqliteBusyCode || primary == sqliteLockedCode
}

// sqliteOpenError says that the disk is full where that is why a file cannot be
// opened or locked.
func sqliteOpenError(what string, err error) error {
	if sqliteDiskFull(err) {
		return fmt.Errorf("%s: %w: %w", what, ErrDiskFull, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
