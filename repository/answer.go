package repository

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/service"
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

func newAnswerRow(tenantID string, a service.Answer) answerRow {
	return answerRow{
		TenantID: tenantID, AnswerKey: a.Key, Sealed: a.Sealed,
		CreatedAt: stamp(a.CreatedAt), ExpiresAt: stamp(a.ExpiresAt),
	}
}

// Answer returns a remembered answer that has not expired at now, or
// service.ErrNotFound.
func (s *Store) Answer(ctx context.Context, tenantID, key string, now time.Time) (service.Answer, error) {
	row, err := take[answerRow](s.read.WithContext(ctx).
		Where("tenant_id = ? AND answer_key = ? AND expires_at > ?", tenantID, key, stamp(now)), "answer")
	if err != nil {
		return service.Answer{}, err
	}
	return service.Answer{
		Key: row.AnswerKey, Sealed: row.Sealed,
		CreatedAt: unstamp(row.CreatedAt), ExpiresAt: unstamp(row.ExpiresAt),
	}, nil
}

// rememberAnswers keeps each answer in the place of none or of an expired one;
// an unexpired one under the same key is service.ErrConflict.
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
		return service.ErrConflict
	}
	return result.Error
}
