package repository

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// ErrNotMigrated says that the schema is older than this program, and what to
// do about it.
var ErrNotMigrated = errors.New("the database schema is missing or out of date: run `countersign migrate`, " +
	"or set COUNTERSIGN_MIGRATE=true to let serve do it")

// Migrate brings the schema up to date. Any number of processes may call it
// at once; one works while the others wait.
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
	db, release := s.engine.migrateDB()
	defer release()
	unlock, err := s.engine.lockMigrations(ctx, db)
	if err != nil {
		return err
	}
	defer unlock()
	provider, err := s.provider(db)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// Migrated returns nil when the schema is what this program needs, or newer,
// and ErrNotMigrated otherwise. It changes nothing.
func (s *Store) Migrated(ctx context.Context) error {
	db, err := s.write.DB()
	if err != nil {
		return err
	}
	return s.migratedOn(ctx, db)
}

func (s *Store) migratedOn(ctx context.Context, db *sql.DB) error {
	current, err := s.schemaVersion(ctx, db)
	if err != nil {
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	provider, err := s.provider(db)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	if current < sources[len(sources)-1].Version {
		return ErrNotMigrated
	}
	return nil
}

// schemaVersion asks without goose's provider, which would make its table.
func (s *Store) schemaVersion(ctx context.Context, db *sql.DB) (version int64, err error) {
	var exists bool
	if err := db.QueryRowContext(ctx, s.engine.hasSchema).Scan(&exists); err != nil || !exists {
		return 0, err
	}
	const latest = "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied"
	err = db.QueryRowContext(ctx, latest).Scan(&version)
	return version, err
}

func (s *Store) provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations/"+s.engine.migrations)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.engine.dialect, db, dir,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}
