package repository

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// keysetKeyRow is a key of the keyset that has encrypted something.
type keysetKeyRow struct {
	KeyID     string `gorm:"primaryKey"`
	Sealed    []byte
	CreatedAt *time.Time `gorm:"autoCreateTime:false"`
}

// TableName names the table.
func (keysetKeyRow) TableName() string { return "keyset_keys" }

func (r keysetKeyRow) key() (domain.KeysetKey, error) {
	return domain.KeysetKey{ID: r.KeyID, Sealed: r.Sealed, CreatedAt: unstamp(r.CreatedAt)}, nil
}

var _ service.KeysetStore = (*Store)(nil)

// KeysetKeys returns the keys that have encrypted something, oldest first.
func (s *Store) KeysetKeys(ctx context.Context) ([]domain.KeysetKey, error) {
	return listKeysetKeys(s.read.WithContext(ctx))
}

func listKeysetKeys(db *gorm.DB) ([]domain.KeysetKey, error) {
	return list(db.Order("created_at, key_id"), "keys of the keyset", keysetKeyRow.key)
}

// AddKeysetKey stores a key, unless one of its id is stored.
func (s *Store) AddKeysetKey(ctx context.Context, k domain.KeysetKey) error {
	row := keysetKeyRow{KeyID: k.ID, Sealed: k.Sealed, CreatedAt: stamp(k.CreatedAt)}
	return s.transaction(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
	})
}
