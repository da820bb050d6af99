package repository

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/hook"
	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
)

// keyStore is the part of a Store that keeps what belongs to the service itself and
// to no tenant: the keys, and which keys of the keyset have encrypted something.
type keyStore struct{ db *database }

// Keys returns the service-wide keys, oldest first.
func (s keyStore) Keys(ctx context.Context) ([]domain.Key, error) {
	return listKeys(s.db.read.WithContext(ctx))
}

func listKeys(db *gorm.DB) ([]domain.Key, error) {
	return list(db.Order("created_at, key_id"), "keys", row.Key.Domain)
}

// UpdateKeys replaces the set of keys by what update makes of the current one.
// Concurrent calls, from any process, run one after the other. Update must not
// write to the store: it would wait for itself.
func (s keyStore) UpdateKeys(ctx context.Context, update func([]domain.Key) ([]domain.Key, error)) error {
	return s.db.retryTransaction(ctx, func(tx *gorm.DB) error {
		if s.db.engine.lockKeys != "" {
			if err := tx.Exec(s.db.engine.lockKeys).Error; err != nil {
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
	rows := make([]row.Key, len(keys))
	for i, k := range keys {
		rows[i] = row.NewKey(k)
	}
	return tx.Create(&rows).Error
}

// Webhooks keeps whom events are told outside.
func (s keyStore) Webhooks() *hook.Store {
	return s.db.engine.webhooks(hook.Database{
		Reader: s.db.reader, Retry: withRetry, Transaction: s.db.retryTransaction, Append: appendEvents,
	})
}

// Keyset keeps which keys have encrypted something.
func (s keyStore) Keyset() keys.KeysetStore { return keyset(s) }

// keyset is a keys.KeysetStore.
type keyset struct{ db *database }

// KeysetKeys returns the keys that have encrypted something, oldest first.
func (s keyset) KeysetKeys(ctx context.Context) ([]domain.KeysetKey, error) {
	return listKeysetKeys(s.db.read.WithContext(ctx))
}

func listKeysetKeys(db *gorm.DB) ([]domain.KeysetKey, error) {
	return list(db.Order("created_at, key_id"), "keys of the keyset", row.KeysetKey.Domain)
}

// AddKeysetKey stores a key, unless one of its id is stored.
func (s keyset) AddKeysetKey(ctx context.Context, k domain.KeysetKey) error {
	stored := row.NewKeysetKey(k)
	return s.db.transaction(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&stored).Error
	})
}

// OperatorKeys returns all operator keys, revoked ones included, oldest first.
func (s keyStore) OperatorKeys(ctx context.Context) ([]domain.OperatorKey, error) {
	return list(s.db.read.WithContext(ctx).Order("created_at, key_id"), "operator keys", row.OperatorKey.Domain)
}

// keepRevocation stores a revocation once: who ended the key first did.
var keepRevocation = clause.Assignments(map[string]any{
	"revoked_at": gorm.Expr("COALESCE(operator_keys.revoked_at, excluded.revoked_at)"),
	"revoked_by": gorm.Expr("CASE WHEN operator_keys.revoked_at IS NULL THEN excluded.revoked_by ELSE operator_keys.revoked_by END"),
})

// SaveOperatorKey inserts a key, or stores the revocation of one.
func (s keyStore) SaveOperatorKey(ctx context.Context, k domain.OperatorKey) error {
	return s.db.transaction(ctx, func(tx *gorm.DB) error {
		stored := row.NewOperatorKey(k)
		return duplicate(tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "key_id"}}, DoUpdates: keepRevocation}).
			Create(&stored).Error, domain.ErrAlreadyExists)
	})
}

const recordOperatorKeyUseSQL = `
UPDATE operator_keys SET last_used_at = ?
WHERE key_id = ? AND (last_used_at IS NULL OR last_used_at <= ?)`

// RecordOperatorKeyUse stores that a key was used at a time, unless a later use is
// stored, or one that is less than interval before it, and reports whether it did.
func (s keyStore) RecordOperatorKeyUse(ctx context.Context, keyID string, at time.Time, interval time.Duration) (recorded bool, err error) {
	err = withRetry(s.db.write.WithContext(ctx), func(db *gorm.DB) error {
		result := db.Exec(recordOperatorKeyUseSQL, row.Stamp(at), keyID, row.Stamp(at.Add(-interval)))
		recorded = result.RowsAffected > 0
		return result.Error
	})
	return recorded, err
}
