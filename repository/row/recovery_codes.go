package row

import (
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// RecoveryCodes is a user's recovery codes.
type RecoveryCodes struct {
	TenantID    string `gorm:"primaryKey"`
	UserID      string `gorm:"primaryKey"`
	KeyID       string
	GeneratedAt *time.Time
	Codes       string
	Sealed      *string // nil: none may be shown
}

// TableName names the table.
func (RecoveryCodes) TableName() string { return "recovery_code_sets" }

// recoveryCode is a code without what makes it viewable.
type recoveryCode struct {
	MAC     []byte    `json:"mac"`
	SpentAt time.Time `json:"spent_at,omitzero"`
}

// NewRecoveryCodes returns the row of a set.
func NewRecoveryCodes(set domain.RecoveryCodeSet) (RecoveryCodes, error) {
	codes := make([]recoveryCode, len(set.Codes))
	sealed := make([][]byte, len(set.Codes))
	viewable := false
	for i, code := range set.Codes {
		codes[i] = recoveryCode{MAC: code.MAC[:], SpentAt: Micros(code.SpentAt)}
		sealed[i] = code.Sealed
		viewable = viewable || len(code.Sealed) > 0
	}
	row := RecoveryCodes{
		TenantID: set.TenantID, UserID: set.UserID, KeyID: set.KeyID, GeneratedAt: Stamp(set.GeneratedAt),
	}
	var err error
	if row.Codes, err = Encode(codes); err != nil || !viewable {
		return row, err
	}
	ciphertexts, err := Encode(sealed)
	row.Sealed = &ciphertexts
	return row, err
}

// Domain returns what is stored.
func (r RecoveryCodes) Domain() (domain.RecoveryCodeSet, error) {
	set := domain.RecoveryCodeSet{
		TenantID: r.TenantID, UserID: r.UserID, KeyID: r.KeyID, GeneratedAt: Unstamp(r.GeneratedAt),
	}
	codes, err := Decode[[]recoveryCode](r.Codes)
	if err != nil {
		return set, err
	}
	sealed := make([][]byte, len(codes))
	if r.Sealed != nil {
		if sealed, err = Decode[[][]byte](*r.Sealed); err != nil {
			return set, err
		}
	}
	if len(sealed) != len(codes) {
		return set, errors.New("as many ciphertexts as codes are expected")
	}
	for i, code := range codes {
		stored := domain.StoredRecoveryCode{Sealed: sealed[i], SpentAt: code.SpentAt}
		copy(stored.MAC[:], code.MAC)
		set.Codes = append(set.Codes, stored)
	}
	return set, nil
}
