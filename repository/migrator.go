package repository

import (
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/countersign/countersign/repository/migrate"
)

//go:embed migrations
var migrations embed.FS

// Migrator changes the schema of the database, and tells what it is.
func (s *Store) Migrator() *migrate.Migrator { return s.migrator }

// newMigrator is for the migrations of a folder below migrations/, and asks on db
// what the schema is.
func newMigrator(s *Store, of migrate.Engine, folder string, db *sql.DB) (*migrate.Migrator, error) {
	source, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return nil, fmt.Errorf("find the migrations of this program: %w", err)
	}
	return &migrate.Migrator{
		Engine: of, Source: source, DB: db, Logger: s.db.options.Logger, Wait: s.db.options.MigrationWait,
		Explain: func(err error) error {
			if s.db.engine.diskFull(err) {
				err = fmt.Errorf("%w: %w", ErrDiskFull, err)
			}
			return err
		},
	}, nil
}
