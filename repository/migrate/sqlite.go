package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/countersign/countersign/repository/sqlite"
)

// SQLite is for a file, on the connections of its writer. Whoever migrates holds
// the lock of lockPath.
func SQLite(lockPath string, writer *sql.DB) Engine {
	return Engine{
		dialect: goose.DialectSQLite3,
		columns: "SELECT m.name || '.' || c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'",
		open:    func(func(context.Context, *stdlib.Conn) error) (*sql.DB, func()) { return writer, func() {} },
		lock: func(ctx context.Context, m *Migrator) (context.Context, func(), error) {
			unlock, err := lockFile(ctx, lockPath, m.Wait)
			return ctx, unlock, err
		},
	}
}

// lockFile takes the lock for as long as a migration waits.
func lockFile(ctx context.Context, path string, wait time.Duration) (unlock func(), err error) {
	over := fmt.Errorf("another process has held the lock of %s for %v: see what it does, and run migrate again", path, wait)
	limited, cancel := context.WithTimeoutCause(ctx, wait, over)
	defer cancel()
	return sqlite.LockFile(limited, path)
}
