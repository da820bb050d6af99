package repository

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/service/domain"
)

// serviceKeyRow is a service key; the text of the key is nowhere.
type serviceKeyRow struct {
	TenantID  string `gorm:"primaryKey"`
	KeyID     string `gorm:"primaryKey"`
	Name      string
	Hash      []byte
	Scopes    string
	CreatedAt *time.Time `gorm:"autoCreateTime:false"`
	ExpiresAt *time.Time
	RevokedAt *time.Time
	// LastUsedAt is written by RecordServiceKeyUse alone.
	LastUsedAt *time.Time `gorm:"->"`
}

// TableName names the table.
func (serviceKeyRow) TableName() string { return "service_keys" }

func newServiceKeyRow(k domain.ServiceKey) (serviceKeyRow, error) {
	scopes, err := encodeList(k.Scopes)
	return serviceKeyRow{
		TenantID: k.TenantID, KeyID: k.ID, Name: k.Name, Hash: k.Hash[:], Scopes: scopes,
		CreatedAt: stamp(k.CreatedAt), ExpiresAt: stamp(k.ExpiresAt), RevokedAt: stamp(k.RevokedAt),
	}, err
}

func (r serviceKeyRow) key() (domain.ServiceKey, error) {
	key := domain.ServiceKey{
		TenantID: r.TenantID, ID: r.KeyID, Name: r.Name,
		CreatedAt: unstamp(r.CreatedAt), ExpiresAt: unstamp(r.ExpiresAt), RevokedAt: unstamp(r.RevokedAt),
		LastUsedAt: unstamp(r.LastUsedAt),
	}
	copy(key.Hash[:], r.Hash)
	var err error
	if key.Scopes, err = decode[[]domain.Scope](r.Scopes); err != nil {
		return domain.ServiceKey{}, fmt.Errorf("read the scopes of service key %s: %w", r.KeyID, err)
	}
	return key, nil
}

// ServiceKeys returns a tenant's keys, revoked ones included, oldest first.
func (s *Store) ServiceKeys(ctx context.Context, tenantID string) ([]domain.ServiceKey, error) {
	query := s.read.WithContext(ctx).Where("tenant_id = ?", tenantID).Order("created_at, key_id")
	return list(query, "service keys", serviceKeyRow.key)
}

// ServiceKey finds a key by the hash of its text, revoked or not, or returns
// domain.ErrNotFound.
func (s *Store) ServiceKey(ctx context.Context, tenantID string, hash []byte) (domain.ServiceKey, error) {
	row, err := take[serviceKeyRow](
		s.read.WithContext(ctx).Where("tenant_id = ? AND hash = ?", tenantID, hash), "service key")
	if err != nil {
		return domain.ServiceKey{}, err
	}
	return row.key()
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
	err := again(s.write.WithContext(ctx), func(db *gorm.DB) error {
		result := db.Exec(recordKeyUseSQL, stamp(at), tenantID, keyID, stamp(at.Add(-interval)))
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
	row, err := newServiceKeyRow(k)
	if err != nil {
		return fmt.Errorf("save service key: %w", err)
	}
	assign := clause.AssignmentColumns([]string{"name", "scopes"})
	assign = append(assign, clause.Assignments(map[string]any{"revoked_at": gorm.Expr(keepRevoked)})...)
	return duplicate(tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "key_id"}},
		DoUpdates: assign,
	}).Create(&row).Error, domain.ErrAlreadyExists)
}
