package pg

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// State is the SQLSTATE with which the server answered (PostgreSQL, appendix A);
// empty: err is none of its answers.
func State(err error) string {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return ""
	}
	return server.Code
}

// Conflict reports serialization_failure and deadlock_detected.
func Conflict(err error) bool { return slices.Contains([]string{"40001", "40P01"}, State(err)) }

// LockTimedOut reports lock_not_available, and a deadlock, which one side ends.
func LockTimedOut(err error) bool { return slices.Contains([]string{"55P03", "40P01"}, State(err)) }

// TimedOut reports query_canceled, which is what statement_timeout says.
func TimedOut(err error) bool { return State(err) == "57014" }

// DiskFull reports disk_full.
func DiskFull(err error) bool { return State(err) == "53100" }

// readOnlySession reports read_only_sql_transaction.
func readOnlySession(err error) bool { return State(err) == "25006" }

// raisedBefore are the classes of SQLSTATE (PostgreSQL, appendix A) of what a
// statement, or a check that was deferred to COMMIT, is refused for: what it says,
// or what it meets in the database. P0 is what a trigger raises, and 53100 a table
// that cannot grow: a server whose log cannot grow ends.
var raisedBefore = []string{"0A", "21", "22", "23", "25", "40", "42", "44", "53100", "54", "55", "P0"}

// RolledBack reports an error of COMMIT after which the transaction certainly does
// not hold: the server said so, by one of those. All else tells that something
// broke, and may have done so once the change held: a distributed engine reports
// the connection to a node (class 08) or an internal error (XX000) after that node
// has committed, and statement_completion_unknown (40003) is what its name says.
// Nor is pgconn.SafeToRetry to be believed here, which calls a COMMIT whose answer
// was lost "conn closed" and safe.
func RolledBack(err error) bool {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return errors.Is(err, pgx.ErrTxCommitRollback)
	}
	return server.SeverityUnlocalized == "ERROR" && server.Code != "40003" &&
		slices.ContainsFunc(raisedBefore, func(class string) bool { return strings.HasPrefix(server.Code, class) })
}
