package migrate

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// Engine is what differs between PostgreSQL and SQLite; see [Postgres] and
// [SQLite].
type Engine struct {
	dialect    goose.Dialect
	columns    string // selects table.column of the tables of the schema, of whatever version
	copyGrants string // lets whoever may read sharedTable read versionTable; empty: nobody needs to be let
	// sessions is the name of the sessions that migrate; empty: they wait for no locks of others.
	sessions string
	// open opens the connections on which to migrate. Where others use the
	// database meanwhile, beginStep comes first in each transaction.
	open func(beginStep func(context.Context, *stdlib.Conn) error) (db *sql.DB, release func())
	// lock waits until no other process migrates. The context that it returns ends
	// when that is no longer certain.
	lock func(context.Context, *Migrator) (locked context.Context, unlock func(), err error)
}

// errMigratedMeanwhile: there is nothing left to take the lock for.
var errMigratedMeanwhile = errors.New("somebody else has migrated")
