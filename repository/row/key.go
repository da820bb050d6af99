package row

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Key is a service-wide key, sealed under the keyset of the deployment.
type Key struct {
	KeyID     string `gorm:"primaryKey"`
	Kind      string
	State     string
	Sealed    []byte
	CreatedAt *time.Time `gorm:"autoCreateTime:false"`
	RetiredAt *time.Time
}

// TableName names the table.
func (Key) TableName() string { return "keys" }

// NewKey returns the row of a key.
func NewKey(k domain.Key) Key {
	return Key{
		KeyID: k.ID, Kind: string(k.Kind), State: string(k.State), Sealed: k.Sealed,
		CreatedAt: Stamp(k.CreatedAt), RetiredAt: Stamp(k.RetiredAt),
	}
}

// Domain returns what is stored.
func (r Key) Domain() (domain.Key, error) {
	return domain.Key{
		ID: r.KeyID, Kind: domain.KeyKind(r.Kind), State: domain.KeyState(r.State), Sealed: r.Sealed,
		CreatedAt: Unstamp(r.CreatedAt), RetiredAt: Unstamp(r.RetiredAt),
	}, nil
}

// KeysetKey is a key of the keyset that has encrypted something.
type KeysetKey struct {
	KeyID     string `gorm:"primaryKey"`
	Sealed    []byte
	CreatedAt *time.Time `gorm:"autoCreateTime:false"`
}

// TableName names the table.
func (KeysetKey) TableName() string { return "keyset_keys" }

// NewKeysetKey returns the row of a key.
func NewKeysetKey(k domain.KeysetKey) KeysetKey {
	return KeysetKey{KeyID: k.ID, Sealed: k.Sealed, CreatedAt: Stamp(k.CreatedAt)}
}

// Domain returns what is stored.
func (r KeysetKey) Domain() (domain.KeysetKey, error) {
	return domain.KeysetKey{ID: r.KeyID, Sealed: r.Sealed, CreatedAt: Unstamp(r.CreatedAt)}, nil
}
