package repository

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// RecoveryCodes returns the user's set; an empty one when there is none.
func (s *Store) RecoveryCodes(ctx context.Context, tenantID, userID string) (domain.RecoveryCodeSet, error) {
	stored, err := take[row.RecoveryCodes](
		s.db.read.WithContext(ctx).Where("tenant_id = ? AND user_id = ?", tenantID, userID), "recovery codes")
	if errors.Is(err, domain.ErrNotFound) {
		return domain.RecoveryCodeSet{TenantID: tenantID, UserID: userID}, nil
	}
	if err != nil {
		return domain.RecoveryCodeSet{}, err
	}
	set, err := stored.Domain()
	if err != nil {
		return domain.RecoveryCodeSet{}, fmt.Errorf("read the recovery codes of a user of tenant %s: %w", tenantID, err)
	}
	return set, nil
}

// keepErased stores the ciphertexts of a new set, and those of a known set
// unless they were erased since it was read.
const keepErased = `CASE WHEN recovery_code_sets.generated_at = excluded.generated_at ` +
	`AND recovery_code_sets.sealed IS NULL THEN NULL ELSE excluded.sealed END`

// saveRecoveryCodes makes set the user's codes; an empty set removes them.
func saveRecoveryCodes(tx *gorm.DB, set domain.RecoveryCodeSet) error {
	if len(set.Codes) == 0 {
		return deleteRecoveryCodes(tx, set.TenantID, set.UserID)
	}
	stored, err := row.NewRecoveryCodes(set)
	if err != nil {
		return fmt.Errorf("encode the recovery codes: %w", err)
	}
	assign := clause.AssignmentColumns([]string{"key_id", "generated_at", "codes"})
	assign = append(assign, clause.Assignments(map[string]any{"sealed": gorm.Expr(keepErased)})...)
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "user_id"}},
		DoUpdates: assign,
	}).Create(&stored).Error
}

func deleteRecoveryCodes(tx *gorm.DB, tenantID, userID string) error {
	return tx.Where("tenant_id = ? AND user_id = ?", tenantID, userID).Delete(&row.RecoveryCodes{}).Error
}

// eraseSealedCodes leaves of all of a tenant's codes what cannot be shown. The
// remembered answers go too: those of confirms hold new codes.
func eraseSealedCodes(tx *gorm.DB, tenantID string) error {
	err := tx.Model(&row.RecoveryCodes{}).Where("tenant_id = ? AND sealed IS NOT NULL", tenantID).
		Update("sealed", gorm.Expr("NULL")).Error
	if err != nil {
		return err
	}
	return tx.Where("tenant_id = ?", tenantID).Delete(&row.Answer{}).Error
}
