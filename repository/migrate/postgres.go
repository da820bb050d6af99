package migrate

import (
	"context"
	"crypto/rand"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/countersign/countersign/repository/pg"
)

// Postgres is for the database of a configuration.
func Postgres(config *pgx.ConnConfig) Engine {
	own := *sessionConfig(config)
	return Engine{
		dialect:    goose.DialectPostgres,
		columns:    columnsSQL,
		copyGrants: copyGrantsSQL,
		sessions:   own.RuntimeParams["application_name"],
		open: func(beginStep func(context.Context, *stdlib.Conn) error) (*sql.DB, func()) {
			db := pg.OpenPlain(own, beginStep)
			return db, func() { _ = db.Close() }
		},
		lock: func(ctx context.Context, m *Migrator) (context.Context, func(), error) {
			return lockPostgres(ctx, m, pg.OpenPlain(own, nil))
		},
	}
}

// sessionConfig is for the sessions that migrate. They have no statement
// timeout: building an index takes what it takes. Their name tells them from all
// others, through a pooler too.
func sessionConfig(config *pgx.ConnConfig) *pgx.ConnConfig {
	own := config.Copy()
	own.RuntimeParams["application_name"] = "countersign-migrate-" + rand.Text()[:8]
	own.RuntimeParams["timezone"] = "UTC" // in which the table of versions keeps times
	if pg.Direct(config) {
		own.RuntimeParams["statement_timeout"] = "0"
		own.RuntimeParams["lock_timeout"] = "0"
	}
	return own
}

// columnsSQL looks into the schema in which the table of versions is found, by
// whatever path.
const columnsSQL = `
SELECT c.relname || '.' || a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace = (
    SELECT relnamespace FROM pg_class
    WHERE oid = COALESCE(to_regclass('` + versionTable + `'), to_regclass('` + sharedTable + `')))`

// copyGrantsSQL: a role that only serves has rights on the tables that there were.
const copyGrantsSQL = `
DO $$
DECLARE reader text;
BEGIN
    FOR reader IN
        SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
        FROM pg_class, aclexplode(relacl)
        WHERE pg_class.oid = to_regclass('` + sharedTable + `') AND privilege_type = 'SELECT' AND grantee <> relowner
    LOOP
        EXECUTE 'GRANT SELECT ON ` + versionTable + ` TO ' || reader;
    END LOOP;
END $$`
