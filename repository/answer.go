package repository

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/service/domain"
)

// answerRow is a remembered answer. The JSON names are the columns; see
// decideAtOnce.
type answerRow struct {
	TenantID  string     `gorm:"primaryKey" json:"tenant_id"`
	AnswerKey string     `gorm:"primaryKey" json:"answer_key"`
	Sealed    []byte     `json:"sealed"`
	CreatedAt *time.Time `gorm:"autoCreateTime:false" json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// TableName names the table.
func (answerRow) TableName() string { return "answers" }

func newAnswerRow(tenantID string, a domain.Answer) answerRow {
	return answerRow{
		TenantID: tenantID, AnswerKey: a.Key, Sealed: a.Sealed,
		CreatedAt: stamp(a.CreatedAt), ExpiresAt: stamp(a.ExpiresAt),
	}
}

func (r answerRow) answer() domain.Answer {
	return domain.Answer{
		Key: r.AnswerKey, Sealed: r.Sealed, CreatedAt: unstamp(r.CreatedAt), ExpiresAt: unstamp(r.ExpiresAt),
	}
}

const answerColumns = "tenant_id, answer_key, sealed, created_at, expires_at"

func (r *answerRow) scan() []any {
	return []any{&r.TenantID, &r.AnswerKey, &r.Sealed, &r.CreatedAt, &r.ExpiresAt}
}

// answerKeyRow is one of a JSON array of keys.
type answerKeyRow struct {
	TenantID string `json:"t"`
	Key      string `json:"k"`
}

// AnswersByKey returns those of the keys that are remembered, expired or not.
func (s *Store) AnswersByKey(ctx context.Context, keys []domain.AnswerKey) (map[domain.AnswerKey]domain.Answer, error) {
	rows := make([]answerKeyRow, len(keys))
	for i, key := range keys {
		rows[i] = answerKeyRow(key)
	}
	// One parameter, so that lists of all lengths are one statement.
	list, err := encode(rows)
	if err != nil {
		return nil, fmt.Errorf("load answers: %w", err)
	}
	answers := make(map[domain.AnswerKey]domain.Answer, len(keys))
	err = each(s.read.WithContext(ctx).Raw(s.engine.answersByKey, list), (*answerRow).scan, func(row answerRow) error {
		answers[domain.AnswerKey{TenantID: row.TenantID, Key: row.AnswerKey}] = row.answer()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load answers: %w", err)
	}
	return answers, nil
}

// rememberAnswers keeps each answer in the place of none or of an expired one;
// an unexpired one under the same key is domain.ErrConflict.
func rememberAnswers(tx *gorm.DB, rows ...answerRow) error {
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
