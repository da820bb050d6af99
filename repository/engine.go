package repository

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"github.com/countersign/countersign/service/domain"
)

// engine is what differs between PostgreSQL and SQLite.
type engine struct {
	dialect    goose.Dialect
	migrations string // directory below migrations/
	columns    string // selects table.column of the tables of the schema, of whatever version
	copyGrants string // lets whoever may read sharedTable read versionTable; empty: nobody needs to be let
	// migrationName is that of the sessions that migrate; empty: they wait for no locks of others.
	migrationName string

	clock        string // selects the time of the database
	usersByKey   string // selects aggregateColumns by a JSON array of userKeyRow
	answersByKey string // selects answerColumns by a JSON array of answerKeyRow
	byUser       string // after the table of audit events: takes the index by user
	forShare     string // keeps a row read in a transaction from changing before it commits
	lockKeys     string // begins an exclusive change of the table keys
	// foldHeadcounts makes one row of a tenant's; empty where there is never more.
	foldHeadcounts string

	// decide writes, of each change of a batch, what decides it and, if that
	// held, its audit events. It returns the error of each change.
	decide func(tx *gorm.DB, changes []domain.Change) ([]error, error)
	// atOnce: decide needs no more than one statement for changes that create
	// nobody, and a statement is a transaction of its own.
	atOnce bool
	// conflict reports an error that says: others were faster, decide again.
	conflict func(error) bool
	// rolledBack reports an error of COMMIT after which the transaction
	// certainly does not hold.
	rolledBack func(error) bool
	// timedOut reports that the server ended a statement that took too long.
	timedOut func(error) bool
	// diskFull reports an error that says: there is no room for what was to be
	// written.
	diskFull func(error) bool
	// migrateDB opens the connections on which to migrate. Where others use the
	// database meanwhile, beginStep comes first in each transaction.
	migrateDB func(beginStep func(context.Context, *stdlib.Conn) error) (db *sql.DB, release func())
	// lockMigrations waits until no other process migrates. The context that it
	// returns ends when that is no longer certain.
	lockMigrations func(context.Context, *migrator) (locked context.Context, unlock func(), err error)
	// claimServing makes this process the only one that serves, where there may
	// be no more.
	claimServing func() (release func(), err error)
}
