package seed

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// dropIndexes drops all indexes of some tables but the primary keys, and returns the statements that make them again:
// to build an index at the end is cheaper than to keep it while rows come.
func dropIndexes(ctx context.Context, conn *pgx.Conn, tables ...string) (makeAgain []string, err error) {
	rows, err := conn.Query(ctx, `SELECT indexname, indexdef FROM pg_indexes
		WHERE tablename = ANY($1) AND indexname NOT LIKE '%pkey'`, tables)
	if err != nil {
		return nil, err
	}
	type index struct{ Name, Definition string }
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[index])
	if err != nil {
		return nil, err
	}
	for _, i := range indexes {
		if _, err := conn.Exec(ctx, "DROP INDEX "+pgx.Identifier{i.Name}.Sanitize()); err != nil {
			return nil, err
		}
		makeAgain = append(makeAgain, i.Definition)
	}
	return makeAgain, nil
}

// What the triggers on users do for each statement is done once at the end: they would gather all that a COPY writes.
const (
	silenceTriggers = "ALTER TABLE users DISABLE TRIGGER USER"
	countHeads      = `INSERT INTO headcounts (tenant_id, affected)
		SELECT tenant_id, count(*) FROM users WHERE tenant_id = $1 AND active AND auth_source = 'local' AND NOT enabled
		GROUP BY tenant_id`
	countStandings = `INSERT INTO standings (tenant_id, role, standing, people)
		SELECT tenant_id, role, CASE WHEN NOT enabled THEN 'none' WHEN standing = '' THEN 'proven' ELSE standing END, count(*)
		FROM users WHERE tenant_id = $1 AND active AND auth_source = 'local' GROUP BY 1, 2, 3`
	wakeTriggers = "ALTER TABLE users ENABLE TRIGGER USER"
)

// settle makes the indexes, and leaves the tables as they are some time after a mass of changes: with
// statistics, vacuumed, and written to disk.
func settle(ctx context.Context, conn *pgx.Conn, indexes []string) error {
	statements := append([]string{"SET maintenance_work_mem = '1GB'"}, indexes...)
	for _, statement := range append(statements, "VACUUM (ANALYZE)", "CHECKPOINT") {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
