package probe

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service/readiness"
)

// Postgres is for connections by config, which tell it the warnings of the server.
func Postgres(config *pgx.ConnConfig) Engine {
	var warning atomic.Pointer[pgconn.Notice]
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) {
		if notice.Code == warningState && notice.SeverityUnlocalized == "WARNING" {
			warning.Store(notice)
		}
	}
	return Engine{
		finding: postgresFinding, standby: "SELECT pg_is_in_recovery()",
		warned: func() error {
			if notice := warning.Swap(nil); notice != nil {
				return fmt.Errorf("the server warns: %s (SQLSTATE %s)", notice.Message, notice.Code)
			}
			return nil
		},
	}
}

// warningState is the SQLSTATE of a plain warning. A COMMIT whose wait for the
// synchronous standby was cancelled succeeds with one (PostgreSQL,
// SyncRepWaitForLSN).
const warningState = "01000"

// postgresFindings are by the SQLSTATE, or by its class, which is its first two
// characters (PostgreSQL, appendix A).
var postgresFindings = map[string]readiness.Finding{
	"08":    readiness.DatabaseUnreachable,   // connection exception
	"25006": readiness.DatabaseReadOnly,      // read only SQL transaction
	"42501": readiness.DatabaseReadOnly,      // insufficient privilege
	"53":    readiness.DatabaseUnreachable,   // insufficient resources
	"53100": readiness.DatabaseDiskFull,      // disk full
	"55P03": readiness.DatabaseNotCommitting, // lock not available
	"57":    readiness.DatabaseUnreachable,   // operator intervention: starting, stopping
	"57014": readiness.DatabaseNotCommitting, // query canceled: a timeout of the server's
}

func postgresFinding(err error) readiness.Finding {
	var server *pgconn.PgError
	if !errors.As(err, &server) || errors.As(err, new(*pgconn.ConnectError)) {
		return readiness.DatabaseUnreachable // it did not answer, or let nobody in
	}
	if finding, known := postgresFindings[server.Code]; known {
		return finding
	}
	for class, finding := range postgresFindings {
		if len(class) == 2 && strings.HasPrefix(server.Code, class) {
			return finding
		}
	}
	return readiness.DatabaseFailing
}

// redacted is err without the words in which a driver quotes what it was given.
func redacted(err error) error {
	if errors.As(err, new(*pgconn.ConnectError)) {
		return pg.ConnectError(err)
	}
	return err
}
