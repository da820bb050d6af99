package proof

import (
	"context"
	"crypto/subtle"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// recoveryCodeProof is one unused recovery code.
type recoveryCodeProof struct {
	wayBack
	code domain.RecoveryCode
}

func (recoveryCodeProof) method() domain.Method { return domain.MethodRecoveryCode }

func (r recoveryCodeProof) evaluate(ctx context.Context, p *Path, _ Attempt, d *commit.Draft) (evidence, error) {
	set, err := p.store.RecoveryCodes(ctx, d.User.TenantID, d.User.ID)
	if err != nil {
		return evidence{}, err
	}
	found := r.unproven(r.method())
	if len(set.Codes) == 0 {
		return found, nil
	}
	key, err := p.keys.LookupKey(ctx, set.KeyID)
	if err != nil {
		return evidence{}, err
	}
	mac := key.MAC(d.User.TenantID, d.User.ID, d.User.Incarnation, r.code.Symbols())
	for i := range set.Codes {
		switch {
		case subtle.ConstantTimeCompare(set.Codes[i].MAC[:], mac[:]) == 0:
		case !set.Codes[i].SpentAt.IsZero():
			found.why = factor.AlreadyUsed
		default:
			found.proven = true
			found.record = func(d *Draft) { recordRecoveryCode(d, set, i) }
		}
	}
	return found, nil
}

// recordRecoveryCode spends a code, and erases what made it viewable.
func recordRecoveryCode(d *Draft, set domain.RecoveryCodeSet, i int) {
	set.Codes = append([]domain.StoredRecoveryCode(nil), set.Codes...)
	set.Codes[i].SpentAt, set.Codes[i].Sealed = d.Now, nil
	d.Change.Codes = &set
	d.User.RecoveryCodes.Remaining--
	d.broughtBack("a recovery code was used")
}
