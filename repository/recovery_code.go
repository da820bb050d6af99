package repository

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/service/domain"
)

// recoveryCodeSetRow is a user's recovery codes.
type recoveryCodeSetRow struct {
	TenantID    string `gorm:"primaryKey"`
	UserID      string `gorm:"primaryKey"`
	KeyID       string
	GeneratedAt *time.Time
	Codes       string
	Sealed      *string // nil: none may be shown
}

// TableName names the table.
func (recoveryCodeSetRow) TableName() string { return "recovery_code_sets" }

// recoveryCode is a code without what makes it viewable.
type recoveryCode struct {
	MAC     []byte    `json:"mac"`
	SpentAt time.Time `json:"spent_at,omitzero"`
}

func newRecoveryCodeSetRow(set domain.RecoveryCodeSet) (recoveryCodeSetRow, error) {
	codes := make([]recoveryCode, len(set.Codes))
	sealed := make([][]byte, len(set.Codes))
	viewable := false
	for i, code := range set.Codes {
		codes[i] = recoveryCode{MAC: code.MAC[:], SpentAt: micros(code.SpentAt)}
		sealed[i] = code.Sealed
		viewable = viewable || len(code.Sealed) > 0
	}
	row := recoveryCodeSetRow{
		TenantID: set.TenantID, UserID: set.UserID, KeyID: set.KeyID, GeneratedAt: stamp(set.GeneratedAt),
	}
	var err error
	if row.Codes, err = encode(codes); err != nil || !viewable {
		return row, err
	}
	ciphertexts, err := encode(sealed)
	row.Sealed = &ciphertexts
	return row, err
}

func (r recoveryCodeSetRow) set() (domain.RecoveryCodeSet, error) {
	set := domain.RecoveryCodeSet{
		TenantID: r.TenantID, UserID: r.UserID, KeyID: r.KeyID, GeneratedAt: unstamp(r.GeneratedAt),
	}
	codes, err := decode[[]recoveryCode](r.Codes)
	if err != nil {
		return set, err
	}
	sealed := make([][]byte, len(codes))
	if r.Sealed != nil {
		if sealed, err = decode[[][]byte](*r.Sealed); err != nil {
			return set, err
		}
	}
	if len(sealed) != len(codes) {
		return set, errors.New("as many ciphertexts as codes are expected")
	}
	for i, code := range codes {
		stored := domain.StoredRecoveryCode{Sealed: sealed[i], SpentAt: code.SpentAt}
		copy(stored.MAC[:], code.MAC)
		set.Codes = append(set.Codes, stored)
	}
	return set, nil
}

// RecoveryCodes returns the user's set; an empty one when there is none.
func (s *Store) RecoveryCodes(ctx context.Context, tenantID, userID string) (domain.RecoveryCodeSet, error) {
	row, err := take[recoveryCodeSetRow](
		s.read.WithContext(ctx).Where("tenant_id = ? AND user_id = ?", tenantID, userID), "recovery codes")
	if errors.Is(err, domain.ErrNotFound) {
		return domain.RecoveryCodeSet{TenantID: tenantID, UserID: userID}, nil
	}
	if err != nil {
		return domain.RecoveryCodeSet{}, err
	}
	set, err := row.set()
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
	row, err := newRecoveryCodeSetRow(set)
	if err != nil {
		return fmt.Errorf("encode the recovery codes: %w", err)
	}
	assign := clause.AssignmentColumns([]string{"key_id", "generated_at", "codes"})
	assign = append(assign, clause.Assignments(map[string]any{"sealed": gorm.Expr(keepErased)})...)
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "user_id"}},
		DoUpdates: assign,
	}).Create(&row).Error
}

func deleteRecoveryCodes(tx *gorm.DB, tenantID, userID string) error {
	return tx.Where("tenant_id = ? AND user_id = ?", tenantID, userID).Delete(&recoveryCodeSetRow{}).Error
}

// eraseSealedCodes leaves of all of a tenant's codes what cannot be shown. The
// remembered answers go too: those of confirms hold new codes.
func eraseSealedCodes(tx *gorm.DB, tenantID string) error {
	err := tx.Model(&recoveryCodeSetRow{}).Where("tenant_id = ? AND sealed IS NOT NULL", tenantID).
		Update("sealed", gorm.Expr("NULL")).Error
	if err != nil {
		return err
	}
	return tx.Where("tenant_id = ?", tenantID).Delete(&answerRow{}).Error
}
