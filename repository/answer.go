package repository

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// Answer returns an answer, expired or not, or domain.ErrNotFound.
func (s *Store) Answer(ctx context.Context, key domain.AnswerKey) (domain.Answer, error) {
	found, err := s.AnswersByKey(ctx, []domain.AnswerKey{key})
	if err != nil {
		return domain.Answer{}, err
	}
	answer, ok := found[key]
	if !ok {
		return domain.Answer{}, domain.ErrNotFound
	}
	return answer, nil
}

// AnswersByKey returns those of the keys that are remembered, expired or not.
func (s *Store) AnswersByKey(ctx context.Context, keys []domain.AnswerKey) (map[domain.AnswerKey]domain.Answer, error) {
	rows := make([]row.AnswerKey, len(keys))
	for i, key := range keys {
		rows[i] = row.AnswerKey(key)
	}
	// One parameter, so that lists of all lengths are one statement.
	list, err := row.Encode(rows)
	if err != nil {
		return nil, fmt.Errorf("load answers: %w", err)
	}
	answers := make(map[domain.AnswerKey]domain.Answer, len(keys))
	err = each(ctx, s.db, s.db.read, s.db.engine.answersByKey, []any{list}, (*row.Answer).Dest, func(r row.Answer) error {
		answers[domain.AnswerKey{TenantID: r.TenantID, Key: r.AnswerKey}] = r.Domain()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load answers: %w", err)
	}
	return answers, nil
}

// rememberAnswers keeps each answer in the place of none or of an expired one;
// an unexpired one under the same key is domain.ErrConflict.
func rememberAnswers(tx *gorm.DB, rows ...row.Answer) error {
	if len(rows) == 0 {
		return nil
	}
	result := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "answer_key"}},
		DoUpdates: clause.AssignmentColumns([]string{"sealed", "created_at", "expires_at"}),
		Where:     clause.Where{Exprs: []clause.Expression{gorm.Expr("answers.expires_at <= excluded.created_at")}},
	}).Create(&rows)
	if result.Error == nil && result.RowsAffected < int64(len(rows)) {
		return domain.ErrConflict
	}
	return result.Error
}

// rewriteAnswer leaves an answer as it is. That is a change to the database, and
// so its commit waits for whatever commits wait for.
func rewriteAnswer(tx *gorm.DB, tenantID, key string) error {
	return affected(tx.Exec("UPDATE answers SET expires_at = expires_at WHERE tenant_id = ? AND answer_key = ?", tenantID, key), domain.ErrConflict)
}
