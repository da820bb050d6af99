package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// describeSession selects what tells an operator which session it is. What others'
// sessions do is shown to members of pg_read_all_stats alone. A prepared
// transaction has the process id 0.
const describeSession = `SELECT DISTINCT COALESCE(a.pid, 0), COALESCE(a.application_name, ''), COALESCE(a.usename, '')::text,
    COALESCE(host(a.client_addr), ''), COALESCE(to_char(COALESCE(a.xact_start, a.backend_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
    COALESCE(a.state, '')`

// blockersSQL are the sessions behind which those of one name wait for a lock.
const blockersSQL = describeSession + `
FROM pg_stat_activity AS w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid) LEFT JOIN pg_stat_activity AS a ON a.pid = b.pid
WHERE w.application_name = $1 AND w.datname = current_database() AND w.wait_event_type = 'Lock'`

// describe returns the sessions that a query finds, in words; empty: none.
func describe(ctx context.Context, db *sql.DB, query string, arg any) (string, error) {
	rows, err := db.QueryContext(ctx, query, arg)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	var sessions []string
	for rows.Next() {
		var pid int
		var application, user, address, since, state string
		if err := rows.Scan(&pid, &application, &user, &address, &since, &state); err != nil {
			return "", err
		}
		sessions = append(sessions, inWords(pid, application, user, address, since, state))
	}
	return strings.Join(sessions, "; "), rows.Err()
}

func inWords(pid int, application, user, address, since, state string) string {
	if pid == 0 {
		return "a prepared transaction (see pg_prepared_xacts)"
	}
	words := fmt.Sprintf("process %d (application %q, user %q", pid, application, user)
	for _, more := range []struct{ before, value string }{{" at ", address}, {", since ", since}, {", ", state}} {
		if more.value != "" {
			words += more.before + more.value
		}
	}
	return words + ")"
}
