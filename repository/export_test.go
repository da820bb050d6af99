package repository

import (
	"context"

	"gorm.io/gorm"
)

// PreparedSQL are the statements that go by no log.
var PreparedSQL = []string{updateUnlessAnsweredSQL}

// Setting is one of the server's, as a statement of the store has it.
func (s *Store) Setting(ctx context.Context, name string) (value string, err error) {
	err = s.write.WithContext(ctx).Raw("SELECT current_setting(?)", name).Row().Scan(&value)
	return value, err
}

// Stumbles is how many values of the sequence were taken.
func (s *Store) Stumbles(ctx context.Context) (n int64, err error) {
	err = s.write.WithContext(ctx).Raw("SELECT last_value FROM stumbles").Row().Scan(&n)
	return n, err
}

// SettingWithin is Setting, within a transaction.
func (s *Store) SettingWithin(ctx context.Context, name string) (value string, err error) {
	err = s.transaction(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT current_setting(?)", name).Row().Scan(&value)
	})
	return value, err
}
