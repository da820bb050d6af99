package row

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// SpentToken is a token id that must not be used again.
type SpentToken struct {
	TenantID  string     `gorm:"primaryKey" json:"tenant_id"`
	TokenID   string     `gorm:"primaryKey" json:"token_id"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// TableName names the table.
func (SpentToken) TableName() string { return "spent_tokens" }

// NewSpentToken returns the row of a token that the tenant spends.
func NewSpentToken(tenantID string, t domain.SpentToken) SpentToken {
	return SpentToken{TenantID: tenantID, TokenID: t.ID, ExpiresAt: Stamp(t.ExpiresAt)}
}
