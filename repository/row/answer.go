package row

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Answer is a remembered answer.
type Answer struct {
	TenantID  string `gorm:"primaryKey"`
	AnswerKey string `gorm:"primaryKey"`
	Sealed    []byte
	CreatedAt *time.Time `gorm:"autoCreateTime:false"`
	ExpiresAt *time.Time
}

// TableName names the table.
func (Answer) TableName() string { return "answers" }

// NewAnswer returns the row of an answer of the tenant.
func NewAnswer(tenantID string, a domain.Answer) Answer {
	return Answer{
		TenantID: tenantID, AnswerKey: a.Key, Sealed: a.Sealed,
		CreatedAt: Stamp(a.CreatedAt), ExpiresAt: Stamp(a.ExpiresAt),
	}
}

// Domain returns what is stored.
func (r Answer) Domain() domain.Answer {
	return domain.Answer{
		Key: r.AnswerKey, Sealed: r.Sealed, CreatedAt: Unstamp(r.CreatedAt), ExpiresAt: Unstamp(r.ExpiresAt),
	}
}

// AnswerColumns are those that Dest reads.
const AnswerColumns = "tenant_id, answer_key, sealed, created_at, expires_at"

// Dest is what AnswerColumns are read into.
func (r *Answer) Dest() []any {
	return []any{&r.TenantID, &r.AnswerKey, &r.Sealed, &r.CreatedAt, &r.ExpiresAt}
}

// AnswerKey is one of a JSON array of keys.
type AnswerKey struct {
	TenantID string `json:"t"`
	Key      string `json:"k"`
}
