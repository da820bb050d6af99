package probe

import (
	"github.com/countersign/countersign/repository/sqlite"
	"github.com/countersign/countersign/service/readiness"
)

// SQLite is for a file.
func SQLite() Engine {
	return Engine{finding: sqliteFinding, dataVersion: "PRAGMA data_version", warned: func() error { return nil }}
}

func sqliteFinding(err error) readiness.Finding {
	switch {
	case sqlite.DiskFull(err):
		return readiness.DatabaseDiskFull
	case sqlite.Code(err) == 0:
		return ""
	case sqlite.Busy(err):
		return readiness.DatabaseNotCommitting
	case sqlite.ReadOnly(err):
		return readiness.DatabaseReadOnly
	}
	return readiness.DatabaseFailing
}
