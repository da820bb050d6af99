package row

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// SpentToken is a token id that must not be used again.
type SpentToken struct {
	TenantID  string `gorm:"primaryKey"`
	TokenID   string `gorm:"primaryKey"`
	ExpiresAt *time.Time
}

// TableName names the table.
func (SpentToken) TableName() string { return "spent_tokens" }

// NewSpentToken returns the row of a token that the tenant spends.
func NewSpentToken(tenantID string, t domain.SpentToken) SpentToken {
	return SpentToken{TenantID: tenantID, TokenID: t.ID, ExpiresAt: Stamp(t.ExpiresAt)}
}
