package repository

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// OperatorKeys returns all operator keys, revoked ones included, oldest first.
func (s keyStore) OperatorKeys(ctx context.Context) ([]domain.OperatorKey, error) {
	return list(s.db.read.WithContext(ctx).Order("created_at, key_id"), "operator keys", row.OperatorKey.Domain)
}

// keepRevocation keeps the first revocation of a key.
var keepRevocation = clause.Assignments(map[string]any{
	"revoked_at": gorm.Expr("COALESCE(operator_keys.revoked_at, excluded.revoked_at)"),
	"revoked_by": gorm.Expr("CASE WHEN operator_keys.revoked_at IS NULL THEN excluded.revoked_by ELSE operator_keys.revoked_by END"),
})

// SaveOperatorKey inserts an operator key, or stores its revocation.
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
