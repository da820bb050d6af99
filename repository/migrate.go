package repository

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// ErrNotMigrated says that the schema is older than this program, and what to
// do about it.
var ErrNotMigrated = errors.New("the database schema is missing or out of date: run `countersign migrate`, " +
	"or set COUNTERSIGN_MIGRATE=true to let serve do it")

// Migrate brings the schema up to date. Any number of processes may call it
// at once; one works while the others wait, for as long as [Options.MigrationWait]
// says. Whose database needs nothing waits for nobody.
func (s *Store) Migrate(ctx context.Context) error {
	err := s.migrate(ctx)
	if err == nil {
		return nil
	}
	if s.engine.diskFull(err) {
		err = fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return fmt.Errorf("migrate the database: %w", err)
}

func (s *Store) migrate(ctx context.Context) error {
	schema, err := s.schema(ctx)
	if err != nil || schema.complete() {
		return err
	}
	m, release, err := s.migrator()
	if err != nil {
		return err
	}
	defer release()
	locked, unlock, err := s.engine.lockMigrations(ctx, m)
	if errors.Is(err, errMigratedMeanwhile) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	if err := m.run(locked); err != nil {
		if ctx.Err() == nil && locked.Err() != nil {
			return context.Cause(locked)
		}
		return err
	}
	return nil
}

// migrator changes the schema of a database.
type migrator struct {
	*Store
	db       *sql.DB // whose transactions are steps
	wait     time.Duration
	provider *goose.Provider
	// expected is the version that a step begins with; below zero: any.
	expected int64
}

const defaultMigrationWait = 5 * time.Minute

func (s *Store) migrator() (m *migrator, release func(), err error) {
	m = &migrator{Store: s, wait: s.options.MigrationWait}
	m.db, release = s.engine.migrateDB(m.beginStep)
	if m.provider, err = s.provider(m.db); err != nil {
		release()
		return nil, nil, err
	}
	return m, release, nil
}

// run does what is pending. The caller holds the lock.
func (m *migrator) run(ctx context.Context) error {
	if err := m.untilUnlocked(ctx, versionTable, m.keepVersions); err != nil {
		return fmt.Errorf("make the table %s: %w", versionTable, err)
	}
	for {
		schema, err := m.schema(ctx)
		if err != nil || schema.complete() {
			return err
		}
		next := schema.pending()[0]
		m.expected = schema.version()
		if m.engine.migrationName != "" { // else it is a file that makes itself
			m.options.Logger.InfoContext(ctx, "migrating", "migration", path.Base(next.Path))
		}
		if err := m.apply(ctx, next); err != nil {
			return fmt.Errorf("%s: %w", path.Base(next.Path), err)
		}
	}
}

// Migrated returns nil when the schema is what this program needs, or newer,
// and ErrNotMigrated otherwise. It changes nothing.
func (s *Store) Migrated(ctx context.Context) error {
	schema, err := s.schema(ctx)
	if err != nil {
		return err
	}
	return schema.check()
}

func (s *Store) migratedOn(ctx context.Context, db *sql.DB) error {
	schema, err := s.readSchemaOn(ctx, db)
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

func (s *Store) provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(s.migrations, "migrations/"+s.engine.migrations)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.engine.dialect, db, dir, goose.WithTableName(versionTable),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}
