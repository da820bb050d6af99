package repository

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// ServiceKeys returns a tenant's keys, revoked ones included, oldest first.
func (s *Store) ServiceKeys(ctx context.Context, tenantID string) ([]domain.ServiceKey, error) {
	query := s.db.read.WithContext(ctx).Where("tenant_id = ?", tenantID).Order("created_at, key_id")
	return list(query, "service keys", row.ServiceKey.Domain)
}

// ServiceKey finds a key by the hash of its text, revoked or not, or returns
// domain.ErrNotFound.
func (s *Store) ServiceKey(ctx context.Context, tenantID string, hash []byte) (domain.ServiceKey, error) {
	stored, err := take[row.ServiceKey](
		s.db.read.WithContext(ctx).Where("tenant_id = ? AND hash = ?", tenantID, hash), "service key")
	if err != nil {
		return domain.ServiceKey{}, err
	}
	return stored.Domain()
}

// keepRevoked lets no key that was read before it was revoked come back.
const keepRevoked = "COALESCE(service_keys.revoked_at, excluded.revoked_at)"

// recordKeyUseSQL compares with what is stored when it is that call's turn, so
// that of many at once one writes.
const recordKeyUseSQL = `
UPDATE service_keys SET last_used_at = ?
WHERE tenant_id = ? AND key_id = ? AND (last_used_at IS NULL OR last_used_at <= ?)`

// RecordServiceKeyUse stores that a key was used at a time, unless a later use is
// stored, or one that is less than interval before it, and reports whether it did.
func (s *Store) RecordServiceKeyUse(ctx context.Context, tenantID, keyID string, at time.Time, interval time.Duration) (bool, error) {
	var recorded int64
	err := withRetry(s.db.write.WithContext(ctx), func(db *gorm.DB) error {
		result := db.Exec(recordKeyUseSQL, row.Stamp(at), tenantID, keyID, row.Stamp(at.Add(-interval)))
		recorded = result.RowsAffected
		return result.Error
	})
	if err != nil {
		return false, fmt.Errorf("record the use of a service key: %w", err)
	}
	return recorded > 0, nil
}

// saveServiceKey inserts the key, or changes its name, scopes and revocation
// when the id exists: when it expires is settled at its creation. A hash the tenant knows under another id is
// domain.ErrAlreadyExists.
func saveServiceKey(tx *gorm.DB, k domain.ServiceKey) error {
	stored, err := row.NewServiceKey(k)
	if err != nil {
		return fmt.Errorf("save service key: %w", err)
	}
	assign := clause.AssignmentColumns([]string{"name", "scopes"})
	assign = append(assign, clause.Assignments(map[string]any{"revoked_at": gorm.Expr(keepRevoked)})...)
	return duplicate(tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "key_id"}},
		DoUpdates: assign,
	}).Create(&stored).Error, domain.ErrAlreadyExists)
}
