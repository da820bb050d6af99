package service

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
)

func newRecoveryCode() domain.RecoveryCode {
	var random [16]byte
	rand.Read(random[:])
	return domain.RecoveryCodeOf(random)
}

// recoveryCodeProof is one unused recovery code.
type recoveryCodeProof struct{ code domain.RecoveryCode }

func (recoveryCodeProof) charges() bool                    { return true }
func (recoveryCodeProof) lane(u *domain.User) *domain.Lane { return &u.RecoveryLane }
func (recoveryCodeProof) laneName() string                 { return domain.LaneRecoveryCode }
func (recoveryCodeProof) wrong() *domain.Error {
	return domain.ErrCodeInvalid.WithDetail("The recovery code is not valid, or was used. Take another one.")
}

func (p recoveryCodeProof) evaluate(ctx context.Context, s *Service, d *deliberation) (evidence, error) {
	set, err := s.store.RecoveryCodes(ctx, d.user.TenantID, d.user.ID)
	if err != nil {
		return evidence{}, err
	}
	found := evidence{why: factor.Wrong, method: domain.MethodRecoveryCode, acr: access.ACRRecovery}
	if len(set.Codes) == 0 {
		return found, nil
	}
	key, err := s.keys.RecoveryCodeKey(ctx, set.KeyID)
	if err != nil {
		return evidence{}, err
	}
	mac := key.MAC(d.user.TenantID, d.user.ID, d.user.Incarnation, p.code.Symbols())
	for i := range set.Codes {
		switch {
		case subtle.ConstantTimeCompare(set.Codes[i].MAC[:], mac[:]) == 0:
		case !set.Codes[i].SpentAt.IsZero():
			found.why = factor.AlreadyUsed
		default:
			found.proven = true
			found.record = func(d *deliberation) {
				d.recordRecoveryCode(set, i)
				d.endGeneration(s.by(d), "a recovery code was used")
			}
		}
	}
	return found, nil
}

// recordRecoveryCode spends a code, erases what made it viewable, and opens
// both lanes.
func (d *deliberation) recordRecoveryCode(set domain.RecoveryCodeSet, i int) {
	set.Codes = append([]domain.StoredRecoveryCode(nil), set.Codes...)
	set.Codes[i].SpentAt, set.Codes[i].Sealed = d.now, nil
	d.change.Codes = &set
	d.user.RecoveryCodes.Remaining--
	d.user.LastVerifiedAt = d.now
	d.user.CodeLane.Clear()
	d.user.RecoveryLane.Clear()
}

// newRecoveryCodes makes eight codes the user's only ones, and returns their
// texts for the one answer that shows them.
func (s *Service) newRecoveryCodes(ctx context.Context, d *deliberation) ([]string, error) {
	key, err := s.keys.CurrentRecoveryCodeKey(ctx)
	if err != nil {
		return nil, err
	}
	set := domain.RecoveryCodeSet{TenantID: d.user.TenantID, UserID: d.user.ID, KeyID: key.ID, GeneratedAt: d.now}
	texts := make([]string, 0, domain.RecoveryCodeTotal)
	for i := range domain.RecoveryCodeTotal {
		code := newRecoveryCode()
		stored := domain.StoredRecoveryCode{MAC: key.MAC(d.user.TenantID, d.user.ID, d.user.Incarnation, code.Symbols())}
		if d.tenant.Policy.Custody == domain.CustodyViewable {
			if stored.Sealed, err = s.sealer.Seal([]byte(code.Text()), codeBinding(set, d.user, i)); err != nil {
				return nil, err
			}
		}
		set.Codes = append(set.Codes, stored)
		texts = append(texts, code.Text())
	}
	d.change.Codes, d.change.Custody = &set, d.tenant.Policy.Custody
	d.user.RecoveryCodes = domain.RecoveryCodeCount{Total: domain.RecoveryCodeTotal, Remaining: domain.RecoveryCodeTotal, GeneratedAt: d.now}
	return texts, nil
}

// codeBinding ties a ciphertext to its user, set and place.
func codeBinding(set domain.RecoveryCodeSet, u domain.User, i int) seal.Binding {
	return seal.RecoveryCode(u.TenantID, u.ID, u.Incarnation, set.GeneratedAt, i)
}

// openRecoveryCodes returns the texts of the unused codes.
func (s *Service) openRecoveryCodes(set domain.RecoveryCodeSet, u domain.User) ([]string, error) {
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
