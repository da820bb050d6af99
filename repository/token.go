package repository

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// TokenSpent reports whether a token id is spent.
func (s *Store) TokenSpent(ctx context.Context, tenantID, tokenID string) (bool, error) {
	var found int64
	query := s.db.read.WithContext(ctx).Model(&row.SpentToken{}).Where("tenant_id = ? AND token_id = ?", tenantID, tokenID)
	err := withRetry(query, func(query *gorm.DB) error { return query.Count(&found).Error })
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
	rows := make([]row.SpentToken, len(tokens))
	for i, t := range tokens {
		rows[i] = row.NewSpentToken(tenantID, t)
	}
	slices.SortFunc(rows, func(a, b row.SpentToken) int { return strings.Compare(a.TokenID, b.TokenID) })
	result := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows)
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected < int64(len(rows)) {
		return domain.ErrTokenSpent
	}
	return nil
}
