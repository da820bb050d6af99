package repository

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// Tenant returns a tenant, or domain.ErrNotFound.
func (s *Store) Tenant(ctx context.Context, tenantID string) (domain.Tenant, error) {
	stored, err := take[row.Tenant](s.db.read.WithContext(ctx).Where("tenant_id = ?", tenantID), "tenant")
	if err != nil {
		return domain.Tenant{}, err
	}
	return stored.Domain()
}

// Tenants returns all tenants, by id.
func (s *Store) Tenants(ctx context.Context) ([]domain.Tenant, error) {
	return list(s.db.read.WithContext(ctx).Order("tenant_id"), "tenants", row.Tenant.Domain)
}

// saveTenant inserts the tenant, or updates it when its version is still the
// one that was read.
func saveTenant(tx *gorm.DB, t domain.Tenant) error {
	stored, err := row.NewTenant(t)
	if err != nil {
		return fmt.Errorf("save tenant: %w", err)
	}
	if t.Version == 0 {
		return affected(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&stored), domain.ErrAlreadyExists)
	}
	// Select("*") stores false, 0 and "" too.
	return affected(tx.Model(&row.Tenant{}).Where("tenant_id = ? AND version = ?", t.ID, t.Version).
		Select("*").Omit("tenant_id", "created_at").Updates(stored), domain.ErrConflict)
}

// lockCustody makes sure that the tenant's custody is the one the decision
// rests on, and stays so until the transaction ends.
func (w changeWriter) lockCustody(tenantID string, custody domain.Custody) error {
	var stored []string
	err := w.tx.Raw("SELECT custody FROM tenants WHERE tenant_id = ?"+w.engine.forShare, tenantID).Find(&stored).Error
	if err != nil {
		return fmt.Errorf("read the custody: %w", err)
	}
	if len(stored) != 1 || stored[0] != string(custody) {
		return domain.ErrConflict
	}
	return nil
}
