package repository

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/service/domain"
)

// spentTokenRow is a token id that must not be used again.
type spentTokenRow struct {
	TenantID  string     `gorm:"primaryKey" json:"tenant_id"`
	TokenID   string     `gorm:"primaryKey" json:"token_id"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// TableName names the table.
func (spentTokenRow) TableName() string { return "spent_tokens" }

func newSpentTokenRow(tenantID string, t domain.SpentToken) spentTokenRow {
	return spentTokenRow{TenantID: tenantID, TokenID: t.ID, ExpiresAt: stamp(t.ExpiresAt)}
}

// TokenSpent reports whether a token id is spent.
func (s *Store) TokenSpent(ctx context.Context, tenantID, tokenID string) (bool, error) {
	var found int64
	query := s.read.WithContext(ctx).Model(&spentTokenRow{}).Where("tenant_id = ? AND token_id = ?", tenantID, tokenID)
	err := again(query, func(query *gorm.DB) error { return query.Count(&found).Error })
	if err != nil {
		return false, fmt.Errorf("look for a spent token: %w", err)
	}
	return found > 0, nil
}

// spendTokens spends each token, or returns domain.ErrTokenSpent. The primary
// key decides: an insert waits for another that spends the same id. Sorted,
// two changes that spend the same tokens do not wait for each other.
func spendTokens(tx *gorm.DB, tenantID string, tokens []domain.SpentToken) error {
	if len(tokens) == 0 {
		return nil
	}
	rows := make([]spentTokenRow, len(tokens))
	for i, t := range tokens {
		rows[i] = newSpentTokenRow(tenantID, t)
	}
	slices.SortFunc(rows, func(a, b spentTokenRow) int { return strings.Compare(a.TokenID, b.TokenID) })
	result := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows)
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected < int64(len(rows)) {
		return domain.ErrTokenSpent
	}
	return nil
}
