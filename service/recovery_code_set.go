package service

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
)

func newRecoveryCode() domain.RecoveryCode {
	var random [16]byte
	rand.Read(random[:])
	return domain.RecoveryCodeOf(random)
}

// generate makes eight codes the user's only ones, and returns their
// texts for the one answer that shows them.
func (s *RecoveryCodes) generate(ctx context.Context, d *commit.Draft) ([]string, error) {
	key, err := s.keys.CurrentLookupKey(ctx)
	if err != nil {
		return nil, err
	}
	set := domain.RecoveryCodeSet{TenantID: d.User.TenantID, UserID: d.User.ID, KeyID: key.ID, GeneratedAt: d.Now}
	texts := make([]string, 0, domain.RecoveryCodeTotal)
	for i := range domain.RecoveryCodeTotal {
		code := newRecoveryCode()
		stored := domain.StoredRecoveryCode{MAC: key.MAC(d.User.TenantID, d.User.ID, d.User.Incarnation, code.Symbols())}
		if d.Tenant.Policy.Custody == domain.CustodyViewable {
			if stored.Sealed, err = s.sealer.Seal([]byte(code.Text()), codeBinding(set, d.User, i)); err != nil {
				return nil, err
			}
		}
		set.Codes = append(set.Codes, stored)
		texts = append(texts, code.Text())
	}
	d.Change.Codes, d.Change.Custody = &set, d.Tenant.Policy.Custody
	d.User.RecoveryCodes = domain.RecoveryCodeCount{Total: domain.RecoveryCodeTotal, Remaining: domain.RecoveryCodeTotal, GeneratedAt: d.Now}
	return texts, nil
}

// codeBinding ties a ciphertext to its user, set and place.
func codeBinding(set domain.RecoveryCodeSet, u domain.User, i int) seal.Binding {
	return seal.RecoveryCode(u.TenantID, u.ID, u.Incarnation, set.GeneratedAt, i)
}

// open returns the texts of the unused codes.
func (s *RecoveryCodes) open(set domain.RecoveryCodeSet, u domain.User) ([]string, error) {
	texts := []string{}
	for i, c := range set.Codes {
		if !c.SpentAt.IsZero() {
			continue
		}
		if c.Sealed == nil {
			return nil, domain.ErrCustodyHashOnly
		}
		text, err := keys.OpenStored(s.sealer, c.Sealed, codeBinding(set, u, i))
		if err != nil {
			return nil, fmt.Errorf("recovery code %d: %w", i, err)
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}
