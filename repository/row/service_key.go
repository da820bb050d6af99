package row

import (
	"fmt"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// ServiceKey is a service key, whose text is not stored.
type ServiceKey struct {
	TenantID  string `gorm:"primaryKey"`
	KeyID     string `gorm:"primaryKey"`
	Name      string
	Hash      []byte
	Scopes    string
	CreatedAt *time.Time `gorm:"autoCreateTime:false"`
	ExpiresAt *time.Time
	RevokedAt *time.Time
	// LastUsedAt is written by the statement that records a use, and by it alone.
	LastUsedAt *time.Time `gorm:"->"`
}

// TableName names the table.
func (ServiceKey) TableName() string { return "service_keys" }

// NewServiceKey returns the row of a service key, without when it was last used.
func NewServiceKey(k domain.ServiceKey) (ServiceKey, error) {
	scopes, err := EncodeList(k.Scopes)
	return ServiceKey{
		TenantID: k.TenantID, KeyID: k.ID, Name: k.Name, Hash: k.Hash[:], Scopes: scopes,
		CreatedAt: Stamp(k.CreatedAt), ExpiresAt: Stamp(k.ExpiresAt), RevokedAt: Stamp(k.RevokedAt),
	}, err
}

// Domain returns what is stored.
func (r ServiceKey) Domain() (domain.ServiceKey, error) {
	key := domain.ServiceKey{
		TenantID: r.TenantID, ID: r.KeyID, Name: r.Name,
		KeyTerm: keyTerm(r.CreatedAt, r.ExpiresAt, r.RevokedAt, r.LastUsedAt),
	}
	copy(key.Hash[:], r.Hash)
	var err error
	if key.Scopes, err = Decode[[]domain.Scope](r.Scopes); err != nil {
		return domain.ServiceKey{}, fmt.Errorf("read the scopes of service key %s: %w", r.KeyID, err)
	}
	return key, nil
}

func keyTerm(created, expires, revoked, lastUsed *time.Time) domain.KeyTerm {
	return domain.KeyTerm{CreatedAt: Unstamp(created), ExpiresAt: Unstamp(expires), RevokedAt: Unstamp(revoked), LastUsedAt: Unstamp(lastUsed)}
}
