package row

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// OperatorKey is an operator key, whose text is not stored.
type OperatorKey struct {
	KeyID     string `gorm:"primaryKey"`
	Name      string
	Hash      []byte
	CreatedAt *time.Time `gorm:"autoCreateTime:false"`
	CreatedBy string
	ExpiresAt *time.Time
	RevokedAt *time.Time
	RevokedBy string
	// LastUsedAt is written by the statement that records a use, and by it alone.
	LastUsedAt *time.Time `gorm:"->"`
}

// TableName names the table.
func (OperatorKey) TableName() string { return "operator_keys" }

// NewOperatorKey returns the row of an operator key, without when it was last used.
func NewOperatorKey(k domain.OperatorKey) OperatorKey {
	return OperatorKey{
		KeyID: k.ID, Name: k.Name, Hash: k.Hash[:], CreatedAt: Stamp(k.CreatedAt), CreatedBy: k.CreatedBy,
		ExpiresAt: Stamp(k.ExpiresAt), RevokedAt: Stamp(k.RevokedAt), RevokedBy: k.RevokedBy,
	}
}

// Domain returns what is stored.
func (r OperatorKey) Domain() (domain.OperatorKey, error) {
	key := domain.OperatorKey{
		ID: r.KeyID, Name: r.Name, KeyTerm: keyTerm(r.CreatedAt, r.ExpiresAt, r.RevokedAt, r.LastUsedAt),
		CreatedBy: r.CreatedBy, RevokedBy: r.RevokedBy,
	}
	copy(key.Hash[:], r.Hash)
	return key, nil
}
