package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"time"

	"github.com/pressly/goose/v3"
)

// ErrNotMigrated says that the schema is older than this program, and what to
// do about it.
var ErrNotMigrated = errors.New("the database schema is missing or out of date: run `countersign migrate`, " +
	"or set COUNTERSIGN_MIGRATE=true to let serve do it")

// Migrator keeps the schema of one database.
type Migrator struct {
	Engine Engine
	// Source holds the files of the migrations.
	Source fs.FS
	// DB is asked what the schema is.
	DB     *sql.DB
	Logger *slog.Logger
	// Wait bounds the wait for another process that migrates, and for each lock
	// that is needed.
	Wait time.Duration
	// Explain adds to an error of the database what it means to an operator.
	Explain func(error) error
}

// DefaultWait is fit for production.
const DefaultWait = 5 * time.Minute

// Migrate brings the schema up to date. Any number of processes may call it
// at once; one works while the others wait, for as long as Wait says. Whose
// database needs nothing waits for nobody.
func (m *Migrator) Migrate(ctx context.Context) error {
	if err := m.migrate(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", m.Explain(err))
	}
	return nil
}

func (m *Migrator) migrate(ctx context.Context) error {
	schema, err := m.schema(ctx)
	if err != nil || schema.complete() {
		return err
	}
	r, release, err := m.begin()
	if err != nil {
		return err
	}
	defer release()
	locked, unlock, err := m.Engine.lock(ctx, m)
	if errors.Is(err, errMigratedMeanwhile) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	if err := r.all(locked); err != nil {
		if ctx.Err() == nil && locked.Err() != nil {
			return context.Cause(locked)
		}
		return err
	}
	return nil
}

// run is one change of the schema, of as many steps as are pending.
type run struct {
	*Migrator
	db       *sql.DB // whose transactions are steps
	provider *goose.Provider
	// expected is the version that a step begins with; below zero: any.
	expected int64
}

func (m *Migrator) begin() (r *run, release func(), err error) {
	r = &run{Migrator: m}
	r.db, release = m.Engine.open(r.beginStep)
	if r.provider, err = m.provider(r.db); err != nil {
		release()
		return nil, nil, err
	}
	return r, release, nil
}

// all does what is pending. The caller holds the lock.
func (r *run) all(ctx context.Context) error {
	if err := r.untilUnlocked(ctx, versionTable, r.keepVersions); err != nil {
		return fmt.Errorf("make the table %s: %w", versionTable, err)
	}
	for {
		schema, err := r.schema(ctx)
		if err != nil || schema.complete() {
			return err
		}
		next := schema.pending()[0]
		r.expected = schema.version()
		if r.Engine.sessions != "" { // else it is a file that makes itself
			r.Logger.InfoContext(ctx, "migrating", "migration", path.Base(next.Path))
		}
		if err := r.apply(ctx, next); err != nil {
			return fmt.Errorf("%s: %w", path.Base(next.Path), err)
		}
	}
}

// Migrated returns nil when the schema is what this program needs, or newer,
// and ErrNotMigrated otherwise. It changes nothing.
func (m *Migrator) Migrated(ctx context.Context) error {
	schema, err := m.schema(ctx)
	if err != nil {
		return err
	}
	return schema.check()
}

// MigratedOn is Migrated, asked on other connections than usual.
func (m *Migrator) MigratedOn(ctx context.Context, db *sql.DB) error {
	schema, err := m.readSchema(ctx, db)
	if err != nil {
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	return schema.check()
}

func (s schemaState) check() error {
	if len(s.pending()) > 0 {
		return ErrNotMigrated
	}
	return nil
}

func (m *Migrator) provider(db *sql.DB) (*goose.Provider, error) {
	return goose.NewProvider(m.Engine.dialect, db, m.Source, goose.WithTableName(versionTable),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}
