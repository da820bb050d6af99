package repository

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/service/domain"
)

// keyRow is a service-wide key, sealed under the keyset of the deployment.
type keyRow struct {
	KeyID     string `gorm:"primaryKey"`
	Kind      string
	State     string
	Sealed    []byte
	CreatedAt *time.Time `gorm:"autoCreateTime:false"`
	RetiredAt *time.Time
}

// TableName names the table.
func (keyRow) TableName() string { return "keys" }

func newKeyRow(k domain.Key) keyRow {
	return keyRow{
		KeyID: k.ID, Kind: string(k.Kind), State: string(k.State), Sealed: k.Sealed,
		CreatedAt: stamp(k.CreatedAt), RetiredAt: stamp(k.RetiredAt),
	}
}

func (r keyRow) key() (domain.Key, error) {
	return domain.Key{
		ID: r.KeyID, Kind: domain.KeyKind(r.Kind), State: domain.KeyState(r.State), Sealed: r.Sealed,
		CreatedAt: unstamp(r.CreatedAt), RetiredAt: unstamp(r.RetiredAt),
	}, nil
}

// Keys returns the service-wide keys, oldest first.
func (s *Store) Keys(ctx context.Context) ([]domain.Key, error) {
	return listKeys(s.read.WithContext(ctx))
}

func listKeys(db *gorm.DB) ([]domain.Key, error) {
	return list(db.Order("created_at, key_id"), "keys", keyRow.key)
}

// UpdateKeys replaces the set of keys by what update makes of the current one.
// Concurrent calls, from any process, run one after the other. Update must not
// write to the store: it would wait for itself.
func (s *Store) UpdateKeys(ctx context.Context, update func([]domain.Key) ([]domain.Key, error)) error {
	return s.transactionAgain(ctx, func(tx *gorm.DB) error {
		if s.engine.lockKeys != "" {
			if err := tx.Exec(s.engine.lockKeys).Error; err != nil {
				return err
			}
		}
		current, err := listKeys(tx)
		if err != nil {
			return err
		}
		next, err := update(current)
		if err != nil {
			return err
		}
		return replaceKeys(tx, next)
	})
}

func replaceKeys(tx *gorm.DB, keys []domain.Key) error {
	if err := tx.Exec("DELETE FROM keys").Error; err != nil || len(keys) == 0 {
		return err
	}
	rows := make([]keyRow, len(keys))
	for i, k := range keys {
		rows[i] = newKeyRow(k)
	}
	return tx.Create(&rows).Error
}
