package repository

import (
	"context"
	"io/fs"
	"testing"
	"testing/fstest"

	"gorm.io/gorm"
)

// AttemptSQL and UnloggedSQL are the statements that go by no log.
const (
	AttemptSQL  = attemptSQL
	UnloggedSQL = updateUnlessAnsweredSQL
)

// Setting is one of the server's, as a statement of the store has it.
func (s *Store) Setting(ctx context.Context, name string) (value string, err error) {
	err = s.db.write.WithContext(ctx).Raw("SELECT current_setting(?)", name).Row().Scan(&value)
	return value, err
}

// Attempts is how many values of the sequence were taken.
func (s *Store) Attempts(ctx context.Context) (n int64, err error) {
	err = s.db.write.WithContext(ctx).Raw("SELECT last_value FROM attempts").Row().Scan(&n)
	return n, err
}

// WithMigrations adds migrations to those of the program, by the name of the file.
func (s *Store) WithMigrations(t testing.TB, more map[string]string) *Store {
	t.Helper()
	all := fstest.MapFS{}
	for name, text := range more {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	err := fs.WalkDir(s.migrator.Source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(s.migrator.Source, name)
		all[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.migrator.Source = all
	return s
}

// SettingWithin is Setting, within a transaction.
func (s *Store) SettingWithin(ctx context.Context, name string) (value string, err error) {
	err = s.db.transaction(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT current_setting(?)", name).Row().Scan(&value)
	})
	return value, err
}

// MaxExamined is how many events a page looks at where no index has what is asked for.
const MaxExamined = maxExamined

// WatchLists tells each statement of a list, and its parameters, before it is carried out.
func WatchLists(s *Store, told func(statement string, parameters []any)) error {
	return s.db.lists.Callback().Query().Before("gorm:query").Register("test:watch", func(db *gorm.DB) {
		told(db.Statement.SQL.String(), db.Statement.Vars)
	})
}

// WatchWrites tells each statement that is written out and writes, and its parameters, before it is carried out.
func WatchWrites(s *Store, told func(statement string, parameters []any)) error {
	return s.db.write.Callback().Raw().Before("gorm:raw").Register("test:watch", func(db *gorm.DB) {
		told(db.Statement.SQL.String(), db.Statement.Vars)
	})
}

// FillDisk leaves an SQLite database no page more than it has.
func (s *Store) FillDisk(ctx context.Context) error {
	return s.db.write.WithContext(ctx).Exec("PRAGMA max_page_count = 1").Error // no less than there are
}

// FillDiskOfProbe does the same to readiness.
func (s *Store) FillDiskOfProbe(ctx context.Context) error {
	_, err := s.readiness.DB.ExecContext(ctx, "PRAGMA max_page_count = 1")
	return err
}
