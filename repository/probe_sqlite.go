package repository

import (
	"github.com/countersign/countersign/repository/sqlite"
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

func sqliteFinding(err error) service.Finding {
	switch {
	case sqlite.DiskFull(err):
		return service.DatabaseDiskFull
	case sqlite.Code(err) == 0:
		return ""
	case sqlite.Busy(err):
		return service.DatabaseNotCommitting
	case sqlite.ReadOnly(err):
		return service.DatabaseReadOnly
	}
	return service.DatabaseFailing
}
