package probe

import (
	"github.com/countersign/countersign/repository/sqlite"
	"github.com/countersign/countersign/service"
)

// SQLite is for a file.
func SQLite() Engine {
	return Engine{finding: sqliteFinding, dataVersion: "PRAGMA data_version", warned: func() error { return nil }}
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
