package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// A step that changes a table takes a lock that no one may have beside it. Who
// waits for such a lock keeps all from the table who come later, so that a step
// behind a dump would stop every login: it is waited for briefly, let go, and
// tried again.
const (
	stepLockTimeout = time.Second
	stepPause       = 2 * time.Second
)

// stepSettings are those of a transaction of a migration. They hold through a
// pooler too.
const stepSettings = withoutTimeouts + " UNION ALL SELECT set_config('lock_timeout', $1, true)"

var errVersionChanged = errors.New("the schema has changed since this migration began: run migrate again")

// beginStep comes first in each transaction on PostgreSQL.
func (r *run) beginStep(ctx context.Context, conn *stdlib.Conn) error {
	inner := conn.Conn()
	if _, err := inner.Exec(ctx, stepSettings, fmt.Sprint(stepLockTimeout.Milliseconds())); err != nil {
		return err
	}
	if _, err := inner.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", stepLock); err != nil || r.expected < 0 {
		return err
	}
	var version int64
	err := inner.QueryRow(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable+" WHERE is_applied").Scan(&version)
	if err == nil && version != r.expected {
		return errVersionChanged
	}
	return err
}

// apply applies one migration. One that runs outside a transaction builds an index
// beside the work of others: the lock that it takes on the table (SHARE UPDATE
// EXCLUSIVE) keeps nobody from reading and writing, even while it is waited for,
// so that it needs no timeout, nor could have one through a pooler.
func (r *run) apply(ctx context.Context, source *goose.Source) error {
	text, err := fs.ReadFile(r.Source, source.Path)
	if err != nil {
		return err
	}
	return r.untilUnlocked(ctx, source.Path, func(ctx context.Context) error {
		if withoutTransaction.Match(text) {
			if err := r.dropUnfinished(ctx, string(text)); err != nil {
				return err
			}
		}
		_, err := r.provider.ApplyVersion(ctx, source.Version, true)
		return err
	})
}

var (
	withoutTransaction = regexp.MustCompile(`(?m)^-- \+goose NO TRANSACTION`)
	concurrentIndex    = regexp.MustCompile(`(?i)\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)`)
)

// dropUnfinished drops those of a migration's indexes that an interrupted build
// left behind: they are kept up to date, and serve nobody.
func (r *run) dropUnfinished(ctx context.Context, text string) error {
	for _, match := range concurrentIndex.FindAllStringSubmatch(text, -1) {
		name, unfinished := strings.ToLower(match[1]), false
		const query = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid)"
		if err := r.db.QueryRowContext(ctx, query, name).Scan(&unfinished); err != nil {
			return err
		}
		if !unfinished {
			continue
		}
		r.Logger.InfoContext(ctx, "dropping an index whose building was interrupted", "index", name)
		if _, err := r.db.ExecContext(ctx, "DROP INDEX CONCURRENTLY IF EXISTS "+name); err != nil {
			return err
		}
	}
	return nil
}
